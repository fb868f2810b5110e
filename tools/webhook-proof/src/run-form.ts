import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalFileStore } from '@oh/file-store-local';
import { startFaultProxy } from '@oh-tools/fault-proxy';
import { readChangeLog } from './change-log.ts';
import { ChildProgram } from './child-program.ts';
import { judge, type Verdict } from './judge.ts';
import type { SenderTask } from './sender-task.ts';
import type { Told } from './told.ts';

/** What is run. */
export interface FormOptions {
  readonly form: 'plain' | 'batched';
  readonly changes: number;
  readonly killEveryMs: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** What came out. */
export interface FormResult extends Verdict {
  readonly kills: number;
  /** Requests that met a fault of the proxy. */
  readonly broken: number;
  /** All requests that arrived at the proxy. */
  readonly attempts: number;
}

/** Files in a hundred directories: a thousand paths. */
const directories = 100;
const filesInEach = 10;

/** Kills a sender again and again until all it changed is told, and judges what the receiver learnt. */
export async function runForm({ form, changes, killEveryMs, seed, signal }: FormOptions): Promise<FormResult> {
  const directory = mkdtempSync(join(tmpdir(), 'oh-webhook-proof-'));
  const receiver = new ChildProgram(new URL('./receiver.ts', import.meta.url), String(seed));
  const origin = `http://127.0.0.1:${await receiver.nextLine()}`;
  const proxy = await startFaultProxy({ upstream: origin, seed });
  proxy.rules.set([
    { fault: { type: 'lose-response' }, probability: 0.03 },
    { fault: { type: 'reset', at: 'start' }, probability: 0.01 },
    { fault: { type: 'reset', at: 'request-body' }, probability: 0.01 },
  ]);
  const log = join(directory, 'changes');
  const root = join(directory, 'files');
  const task = {
    root,
    outbox: join(directory, 'outbox'),
    baseUrl: `${proxy.endpoint}/hook/`,
    log,
    form,
    changes,
    directories,
    filesInEach,
    seed,
  };
  try {
    const kills = await sendAndKill(task, killEveryMs, signal);
    const told = (await (await fetch(`${origin}/told`)).text()).split('\n').filter((line) => line !== '');
    const verdict = judge({
      changes: readChangeLog(log),
      told: told.map((line) => JSON.parse(line) as Told),
      files: await readFiles(root),
      coalesces: form === 'batched',
    });
    const broken = Object.values(proxy.requests.faults).reduce((sum, count) => sum + count, 0);
    return { ...verdict, kills, broken, attempts: proxy.requests.total };
  } finally {
    await receiver.kill();
    await proxy.close();
    rmSync(directory, { recursive: true });
  }
}

/** @returns How often it was killed. */
async function sendAndKill(task: SenderTask, killEveryMs: number, signal: AbortSignal): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    const sender = new ChildProgram(new URL('./sender.ts', import.meta.url), JSON.stringify(task));
    const isReady = (await sender.nextLine()) === 'ready';
    const delivered = sender.nextLine();
    const line = isReady ? await Promise.race([delivered, delay(killEveryMs, 'kill', { signal }).catch(() => 'stop')]) : undefined;
    if (line !== 'kill') {
      const code = line === 'delivered' ? await sender.ended() : undefined;
      await sender.kill();
      signal.throwIfAborted();
      if (code !== 0) {
        throw new Error(`the sender has ended by itself, with code ${code}, after ${kills} kills`);
      }
      return kills;
    }
    await sender.kill();
  }
}

async function readFiles(root: string): Promise<ReadonlyMap<string, string>> {
  await using store = new LocalFileStore({ root });
  const files = new Map<string, string>();
  for await (const { path } of store.entries('', { recursive: true })) {
    files.set(path, await store.read(path));
  }
  return files;
}
