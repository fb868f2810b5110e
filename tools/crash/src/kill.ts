import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { countTemporaryFiles } from './count-temporary-files.ts';
import { ownPath } from './kill-keys.ts';
import { KillLedger } from './kill-ledger.ts';
import { KillSlot } from './kill-slot.ts';
import { verifyAll, verifyOwn } from './kill-verify.ts';
import { parseCount } from './parse-count.ts';
import { Progress } from './progress.ts';
import { Random } from './random.ts';

/** Kills processes that share one root, again and again. Exit code 0: nothing was torn or lost; 1: the opposite. */
const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    processes: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const seconds = parseCount('--seconds', given.seconds);
const processes = parseCount('--processes', given.processes);
const random = new Random(parseCount('--seed', given.seed));
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());

/** A process is killed each time so many milliseconds are over, provided that half of them are at work. */
const killEveryMs = 50;

const root = mkdtempSync(join(tmpdir(), 'oh-kill-'));
const ledger = new KillLedger();
const slots = Array.from({ length: processes }, (_, number) => new KillSlot(number, processes, root, ledger));
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
  rmSync(root, { recursive: true });
}

async function killUntil(endsAt: number): Promise<void> {
  const progress = new Progress();
  const store = new LocalFileStore({ root });
  while (performance.now() < endsAt && !stop.signal.aborted) {
    await Promise.all([delay(killEveryMs), ...slots.map((_, number) => verifyOwn(store, ownPath(number), ledger))]);
    const working = slots.filter((slot) => slot.isWorking);
    if (working.length * 2 >= processes) {
      const restart = killAndStart(random.pick(working)).finally(() => restarts.delete(restart));
      restarts.add(restart);
    }
    progress.show(summary());
  }
  progress.clear();
  await store.close();
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
  const temporaryFiles = countTemporaryFiles(root);
  const store = new LocalFileStore({ root });
  try {
    await verifyAll(store, processes, ledger);
  } finally {
    await store.close();
  }
  console.log(`${summary()}; ${temporaryFiles} orphaned temporary files (${countTemporaryFiles(root)} when a store was opened again)`);
  const { fault, ...done } = ledger.counts;
  const succeeded = fault + ledger.lostIncrements === 0 && kills > 0 && Object.values(done).every((count) => count > 0);
  console.log(
    succeeded ? 'Nothing acknowledged was lost, nothing was torn.' : 'FAILED: see the faults, the lost increments, what was never done.',
  );
  return succeeded ? 0 : 1;
}

function summary(): string {
  const { wrote, won, counted, read, fault } = ledger.counts;
  return `${kills} kills; ${wrote} writes, ${won} creates, ${counted} increments, ${read} reads; ${fault} faults, ${ledger.lostIncrements} lost increments`;
}
