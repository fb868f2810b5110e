import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Side } from './measure-rates.ts';
import { numberedRecord, parseRecord, recordBytes } from './numbered-record.ts';

/** Appends to one file. */
export interface Appender extends AsyncDisposable {
  append(record: Buffer): Promise<unknown>;
}

/**
 * A side that appends record after record to one file.
 *
 * Each turn has a new file; after it there must be each record exactly once, and nothing else.
 *
 * @param locate Where the file of a turn is.
 * @param open Begins a turn; the file's directory is there.
 */
export function numberedAppends(name: string, locate: (turn: number) => string, open: (turn: number) => Promise<Appender>): Side {
  let turn = 0;
  let appended = 0;
  let appender: Appender | undefined;
  return {
    name,
    prepare: async () => {
      turn += 1;
      appended = 0;
      await mkdir(dirname(locate(turn)), { recursive: true });
      appender = await open(turn);
    },
    run: () => {
      appended += 1;
      return appender?.append(numberedRecord(appended));
    },
    check: async () => {
      await appender?.[Symbol.asyncDispose]();
      checkRecords(name, await readFile(locate(turn)), appended);
      await rm(locate(turn));
    },
  };
}

function checkRecords(name: string, bytes: Uint8Array, appended: number): void {
  const numbers = new Set<number>();
  for (let start = 0; start < bytes.length; start += recordBytes) {
    numbers.add(parseRecord(bytes.subarray(start, start + recordBytes)));
  }
  if (appended === 0 || numbers.size !== appended || bytes.length !== appended * recordBytes) {
    throw new Error(`${name}: ${appended} records were appended, ${numbers.size} different ones are in ${bytes.length} bytes`);
  }
}
