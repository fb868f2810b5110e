import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import zlib from 'node:zlib';

/**
 * Makes Node the same in every run: chance, and when what other threads do is done. Loaded before everything else, since modules take functions of Node when
 * they are loaded themselves.
 */
let drawn = 0;
let turns = 0;
const startTurn = setImmediate;

/** Begins all chance anew. */
export function resetChance(): void {
  drawn = 0;
}

/** Whoever waits for time so often in a row, and does nothing else, waits for ever. */
const maxTurns = 10_000;

/**
 * Resolves when nothing goes on by itself any more: everybody waits for an operation of a store, or has ended.
 *
 * @throws {Error} When somebody waits for time again and again.
 */
export async function settle(): Promise<void> {
  for (let turn = 1; turn === 1 || turns > 0; turn += 1) {
    if (turn > maxTurns) {
      throw new Error('somebody waits for time for ever, and asks the store for nothing');
    }
    await new Promise((resolve) => startTurn(resolve));
  }
}

async function nextTurn<T>(value?: T): Promise<T | undefined> {
  turns += 1;
  await new Promise((resolve) => startTurn(resolve));
  turns -= 1;
  return value;
}

/** Different each time, from its first digits on: stores cut them off. */
function randomUUID(): `${string}-${string}-${string}-${string}-${string}` {
  drawn += 1;
  return `${drawn.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/** Of one size and different each time. */
function randomBytes(size: number): Buffer {
  drawn += 1;
  return crypto.createHash('shake256', { outputLength: size }).update(`${drawn}`).digest();
}

/** What a thread pool would do, done at once. */
function atOnce(work: (...args: never[]) => Buffer): (...args: unknown[]) => void {
  return (...args) => {
    const callback = args.pop() as (error: unknown, result?: Buffer) => void;
    let result: Buffer;
    try {
      result = Reflect.apply(work, undefined, args);
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, result);
  };
}

Object.assign(crypto, { randomUUID, randomBytes });
Object.assign(globalThis.crypto, { randomUUID });
Object.assign(zlib, { zstdCompress: atOnce(zlib.zstdCompressSync), zstdDecompress: atOnce(zlib.zstdDecompressSync) });
Object.assign(timers, { setImmediate: nextTurn, setTimeout: (_ms?: number, value?: unknown) => nextTurn(value) });
syncBuiltinESMExports();
Math.random = () => 0;
performance.now = () => 0;
