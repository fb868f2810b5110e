import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { countTemporaryFiles } from './count-temporary-files.ts';
import { HistoryLog, readHistory } from './history-log.ts';
import { HistoryStore } from './history-store.ts';
import { allPaths } from './kill-keys.ts';
import { KillSlot } from './kill-slot.ts';
import { judge, useAll } from './kill-verdict.ts';
import { parseCount } from './parse-count.ts';
import { Progress } from './progress.ts';
import { Random } from './random.ts';

/** Kills processes that share one root, again and again, and judges the history of every file. Exit code 0: all of it is linearizable; 1: the opposite. */
const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    processes: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const seconds = parseCount('--seconds', given.seconds);
const processes = parseCount('--processes', given.processes);
const seed = parseCount('--seed', given.seed);
const random = new Random(seed);
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());

/** A process is killed each time so many milliseconds are over, provided that half of them are at work. */
const killEveryMs = 50;

/** One mistake shows again and again; so many faults are printed, and all are counted. */
const maxPrintedFaults = 20;

const directory = mkdtempSync(join(tmpdir(), 'oh-kill-'));
const root = join(directory, 'root');
const logs = join(directory, 'logs');
mkdirSync(logs);
const worker = bundleWorker();
const slots = Array.from({ length: processes }, (_, number) => new KillSlot(worker, number, root, logs, random.below(2 ** 31)));
const restarts = new Set<Promise<void>>();
let kills = 0;
try {
  for (const slot of slots) {
    slot.start();
  }
  await killUntil(performance.now() + seconds * 1000);
  await killAll();
  process.exitCode = stop.signal.aborted ? 130 : await verify();
} finally {
  await killAll();
  rmSync(directory, { recursive: true });
}

/** One file starts in two thirds of the time: the machine is busy with starts, or with work. */
function bundleWorker(): URL {
  const outfile = join(directory, 'kill-worker.mjs');
  const entryPoints = [fileURLToPath(new URL('./kill-worker.ts', import.meta.url))];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', conditions: ['@oh/source'] });
  return pathToFileURL(outfile);
}

async function killUntil(endsAt: number): Promise<void> {
  const progress = new Progress();
  while (performance.now() < endsAt && !stop.signal.aborted) {
    await delay(killEveryMs);
    const working = slots.filter((slot) => slot.isWorking);
    if (working.length * 2 >= processes) {
      const restart = killAndStart(random.pick(working)).finally(() => restarts.delete(restart));
      restarts.add(restart);
    }
    progress.show(`${kills} kills; ${working.length} processes at work`);
  }
  progress.clear();
}

async function killAndStart(slot: KillSlot): Promise<void> {
  kills += 1;
  await slot.kill();
  slot.start();
}

async function killAll(): Promise<void> {
  await Promise.all(restarts);
  await Promise.all(slots.map((slot) => slot.kill()));
}

/** @returns The exit code. */
async function verify(): Promise<number> {
  const orphans = countTemporaryFiles(root);
  const store = new HistoryStore({ root }, new HistoryLog(join(logs, 'afterwards')));
  const counters = await useAll(store).finally(() => store.close());
  const startedAt = performance.now();
  const { faults, counts, searched } = judge(readHistory(logs), counters);
  const checkedMs = Math.round(performance.now() - startedAt);
  const left = countTemporaryFiles(root);
  const allFaults = [...slots.flatMap((slot) => slot.faults), ...faults, ...(left === 0 ? [] : [`${left} temporary files were not swept`])];
  for (const fault of allFaults.slice(0, maxPrintedFaults)) {
    console.error(`fault: ${fault}`);
  }
  const done = Object.entries({ kills, ...counts });
  const told = done.map(([name, count]) => `${count} ${name}`).join(', ');
  console.log(
    `${told}; ${allPaths.length} files, ${searched} states searched in ${checkedMs} ms; ${orphans} orphaned temporary files swept; seed ${seed}`,
  );
  // On a machine that is busy with other things a short run may meet no holder's death.
  const missing = done.filter(([name, count]) => count === 0 && name !== 'takeovers').map(([name]) => name);
  const succeeded = allFaults.length + missing.length === 0;
  console.log(
    succeeded
      ? 'Every history is linearizable: nothing was lost, torn or done twice, and no lease had two holders.'
      : `FAILED: ${allFaults.length} faults; never done: ${missing.join(', ') || 'nothing'}`,
  );
  return succeeded ? 0 : 1;
}
