import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Side } from './measure-rates.ts';
import { isRecordFileName, parseRecord, recordBytes, recordFileName } from './numbered-record.ts';
import { RecordPool } from './record-pool.ts';

/** Writes a file at a path below the root of the side. */
export type WriteFile = (path: string, contents: Buffer) => unknown;

/** Options of {@link numberedWrites}. */
export interface NumberedWritesOptions {
  /** Bytes of a record. Default: {@link recordBytes}. */
  readonly bytes?: number | undefined;
  /** Reads what was written, where it is no file at the path. Default: the files are looked at. */
  readonly readBack?: ((path: string) => Promise<Uint8Array>) | undefined;
}

/**
 * A side that writes record after record, each to a new file of one directory.
 *
 * Each turn has a new, empty directory; after it there must be exactly the files that were written, with exactly their contents.
 */
export function numberedWrites(name: string, root: string, write: WriteFile, options: NumberedWritesOptions = {}): Side {
  const { bytes = recordBytes, readBack } = options;
  const records = new RecordPool(bytes);
  let turn = 0;
  let written = 0;
  return {
    name,
    prepare: async () => {
      turn += 1;
      written = 0;
      await mkdir(readBack ? root : join(root, `turn-${turn}`), { recursive: true });
    },
    run: () => {
      written += 1;
      const path = `turn-${turn}/${recordFileName(written)}`;
      return records.use(written, (record) => write(path, record));
    },
    check: async () => {
      const directory = join(root, `turn-${turn}`);
      await (readBack
        ? checkRecords(name, { written, bytes }, (file) => readBack(`turn-${turn}/${file}`))
        : checkFiles(name, directory, { written, bytes }));
      await rm(readBack ? root : directory, { recursive: true });
    },
  };
}

/** What was written in a turn. */
interface Turn {
  readonly written: number;
  readonly bytes: number;
}

/** What a library keeps beside a file under another name is its own affair. */
async function checkFiles(name: string, directory: string, turn: Turn): Promise<void> {
  const { written } = turn;
  const names = (await readdir(directory)).filter(isRecordFileName);
  if (names.length !== written) {
    throw new Error(`${name}: ${written} files were written, ${names.length} are there`);
  }
  await checkRecords(name, turn, (file) => readFile(join(directory, file)));
}

async function checkRecords(name: string, { written, bytes }: Turn, read: (file: string) => Promise<Uint8Array>): Promise<void> {
  if (written === 0) {
    throw new Error(`${name}: nothing was written`);
  }
  for (let number = 1; number <= written; number += 1) {
    if (parseRecord(await read(recordFileName(number)), bytes) !== number) {
      throw new Error(`${name}: ${recordFileName(number)} holds another record`);
    }
  }
}
