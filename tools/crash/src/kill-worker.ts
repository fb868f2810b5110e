import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { acquireLease, hasErrorCode, type OpenFile } from '@oh/file-store-core';
import { HistoryLog, readClock } from './history-log.ts';
import { HistoryStore } from './history-store.ts';
import { incrementRecord } from './increment-record.ts';
import { type Family, families, pickPath } from './kill-keys.ts';
import { maxPayloadBytes } from './protocol.ts';
import { Random } from './random.ts';
import { makeRecord } from './record.ts';

/** The process that is killed: does everything at once, without end, and writes all of it down. */
const [root = '', logs = '', slot = '', start = '', seed = ''] = process.argv.slice(2);
const author = `${slot}.${start}`;
const random = new Random(Number(seed));
const log = new HistoryLog(join(logs, author));
/** With fsync a kill meets each step of a change; without it there are many more changes, and races. Half of the processes do either. */
const store: HistoryStore = new HistoryStore({ root, durability: Number(slot) % 2 === 0 ? 'durable' : 'atomic' }, log);

/** How long a lease lasts without renewal, in milliseconds: about as long as a process lives. */
const ttlMs = 250;

/** Who waits so long for a lease meets the end of a dead holder's, in milliseconds. */
const maxWaitMs = 1000;

/** Longest pause in milliseconds between two looks at a lease that is held. */
const maxHoldMs = 15;

/** Longest pause in milliseconds between two actions: nobody is busy with reads alone. */
const maxPauseMs = 3;

let files = 0;

/** Contents that nobody else writes, and never again. */
function newRecord(path: string): string {
  files += 1;
  return makeRecord({ author, key: path, sequence: files }, random.below(maxPayloadBytes));
}

async function increment(path: string): Promise<void> {
  await incrementRecord(store, path, `${author}.${log.newNumber()}`);
  console.log('working');
}

/** Creates a file; one that is there already is replaced or deleted. */
async function createOrChange(path: string): Promise<void> {
  try {
    await store.write(path, newRecord(path), { ifAbsent: true });
  } catch (error) {
    if (!hasErrorCode(error, 'already-exists')) {
      throw error;
    }
    await changeOnce(path);
  }
}

async function changeOnce(path: string): Promise<void> {
  const file = await openIfPresent(path);
  if (file === undefined) {
    return;
  }
  const ifVersion = file.info.version;
  try {
    await (random.below(3) === 0 ? store.write(path, newRecord(path), { ifVersion }) : store.delete(path, { ifVersion }));
  } catch (error) {
    if (!hasErrorCode(error, 'version-mismatch')) {
      throw error;
    }
  }
}

async function holdLease(path: string): Promise<void> {
  try {
    const lease = await acquireLease(store, path, { ttlMs, waitMs: random.pick([0, 0, maxWaitMs]), owner: author });
    const acquisition = log.newNumber();
    for (let turns = random.below(8); turns >= 0; turns -= 1) {
      // The clock first: what holds when the lease is asked held then.
      const at = readClock();
      if (lease.signal.aborted) {
        break;
      }
      log.held(acquisition, at, path, lease.token);
      await delay(random.below(maxHoldMs));
    }
    log.released(acquisition);
    await lease.release();
  } catch (error) {
    // Somebody else has it, or the machine was too slow to grant it within its ttl.
    if (!hasErrorCode(error, 'unavailable') && !hasErrorCode(error, 'timeout')) {
      throw error;
    }
  }
}

async function readAny(): Promise<void> {
  await openIfPresent(pickPath(random.pick(families), random));
}

async function openIfPresent(path: string): Promise<OpenFile | undefined> {
  try {
    return await store.open(path);
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

async function forever(family: Family, action: (path: string) => Promise<void>): Promise<never> {
  for (;;) {
    await action(pickPath(family, random));
    await delay(random.below(maxPauseMs));
  }
}

await Promise.all([
  forever('counter', increment),
  forever('counter', increment),
  forever('file', createOrChange),
  forever('file', createOrChange),
  forever('lease', holdLease),
  forever('lease', holdLease),
  forever('file', readAny),
]);
