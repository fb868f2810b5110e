import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { type FileStore, hasErrorCode } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { incrementRecord } from './increment-record.ts';
import { counterPath, createPath, ownPath, sharedPaths } from './kill-keys.ts';
import { sendMessage } from './kill-message.ts';
import { maxPayloadBytes } from './protocol.ts';
import { Random } from './random.ts';
import { makeRecord, parseOnlyRecord, type RecordHeader } from './record.ts';

/** The process that is killed: does everything at once, without end, and tells each acknowledged change. */
const [root = '', author = '', ...numbers] = process.argv.slice(2);
const [slot = 0, slots = 0, nextSequence = 0] = numbers.map(Number);
const random = new Random(Date.now() + process.pid);
/** With fsync a kill meets each step of a change; without it there are many more changes, and races. Half of the processes do either. */
const store: FileStore = new LocalFileStore({ root, durability: slot % 2 === 0 ? 'durable' : 'atomic' });

async function forever(action: (turn: number) => Promise<void>): Promise<never> {
  for (let turn = 0; ; turn += 1) {
    try {
      await action(turn);
    } catch (error) {
      sendMessage('fault', action.name, String(error));
    }
  }
}

async function writeOwn(turn: number): Promise<void> {
  await writeRecord(ownPath(slot), nextSequence + turn);
}

async function writeShared(turn: number): Promise<void> {
  await writeRecord(random.pick(sharedPaths), turn);
}

async function writeRecord(path: string, sequence: number): Promise<void> {
  await store.write(path, makeRecord({ author, key: path, sequence }, random.below(maxPayloadBytes)));
  sendMessage('wrote', path, sequence);
}

/** All processes try to create the same file at the same moment: one each time so many milliseconds are over, by the clock. */
const roundMs = 20;

async function createNext(): Promise<void> {
  const round = Math.floor(Date.now() / roundMs) + 1;
  const path = createPath(round);
  await delay(round * roundMs - Date.now());
  try {
    await store.write(path, makeRecord({ author, key: path, sequence: 1 }, 100), { ifAbsent: true });
    sendMessage('won', path, author);
  } catch (error) {
    if (!hasErrorCode(error, 'already-exists')) {
      throw error;
    }
    await readWhole(path);
  }
}

async function increment(): Promise<void> {
  sendMessage('counted', counterPath, await incrementRecord(store, counterPath, author));
}

/** The newest record of each single-writer file that this process has seen: a later read shows none that is older. */
const newest = new Map<string, number>();

async function readAny(): Promise<void> {
  const other = ownPath(random.below(slots));
  const floor = newest.get(other) ?? 0;
  const sequence = (await readWhole(other))?.sequence ?? 0;
  if (sequence < floor) {
    sendMessage('fault', other, `was read as ${floor}, then as ${sequence}`);
  }
  newest.set(other, sequence);
  await readWhole(random.pick([...sharedPaths, counterPath]));
}

async function readWhole(path: string): Promise<RecordHeader | undefined> {
  try {
    const record = parseOnlyRecord(await store.readBytes(path));
    const isWhole = record?.key === path;
    sendMessage(isWhole ? 'read' : 'fault', path, isWhole ? 0 : 'is torn');
    return record;
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

flushCompileCache();
await Promise.all([writeOwn, writeShared, createNext, increment, increment, readAny].map(forever));
