import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./main.ts', import.meta.resolve('@oh/storage-cli')));

/** How a migration is run. */
export interface MigrationTask {
  readonly from: string;
  readonly to: string;
  readonly env: NodeJS.ProcessEnv;
  /** How often it is interrupted or killed before it may end. */
  readonly kills: number;
  /** Latest moment of a kill after the start, in milliseconds. */
  readonly latestMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What a migration came to. */
export interface MigrationResult {
  /** How often it was interrupted or killed in the middle. */
  readonly kills: number;
  /** What is wrong; empty: nothing. */
  readonly faults: readonly string[];
  /** What the last run says. */
  readonly summary: string;
}

/** The start of Node, in milliseconds: before it there is nothing to kill. */
const startMs = 700;

/** Runs `oh-storage migrate`, ends it by SIGKILL and SIGINT in turns at random moments, and lets the last run end. */
export async function runMigration(task: MigrationTask): Promise<MigrationResult> {
  let kills = 0;
  for (let round = 0; round < task.kills; round += 1) {
    const child = start(task);
    const signal = round % 2 === 0 ? 'SIGKILL' : 'SIGINT';
    const timer = new AbortController();
    const killed = delay(startMs + task.random() * (task.latestMs - startMs), undefined, { signal: timer.signal })
      .then(() => child.kill(signal))
      .catch(() => false);
    const [code] = (await once(child, 'close')) as [number | null];
    timer.abort();
    if (await killed) {
      kills += 1;
      if (signal === 'SIGINT' && code !== 130 && code !== 0 && code !== null) {
        return { kills, faults: [`exit code ${code} after SIGINT`], summary: '' };
      }
    }
  }
  const child = start(task);
  let summary = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    summary += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { kills, faults: code === 0 ? [] : [`the last run ended with ${code}`], summary: summary.trim() };
}

function start({ from, to, env }: MigrationTask): ChildProcess {
  const argv = [...process.execArgv, program, 'migrate', '--quiet', '--from', from, '--to', to];
  return spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'inherit'] });
}
