import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Side } from './measure-rates.ts';
import { numberedRecord, parseRecord, recordFileName } from './numbered-record.ts';

/** Writes a file at a path below the root of the side. */
export type WriteFile = (path: string, contents: Buffer) => unknown;

/**
 * A side that writes record after record, each to a new file of one directory.
 *
 * Each turn has a new, empty directory; after it there must be exactly the files that were written, with exactly their contents.
 */
export function numberedWrites(name: string, root: string, write: WriteFile): Side {
  let turn = 0;
  let written = 0;
  return {
    name,
    prepare: async () => {
      turn += 1;
      written = 0;
      await mkdir(join(root, `turn-${turn}`), { recursive: true });
    },
    run: () => {
      written += 1;
      return write(`turn-${turn}/${recordFileName(written)}`, numberedRecord(written));
    },
    check: async () => {
      const directory = join(root, `turn-${turn}`);
      await checkFiles(name, directory, written);
      await rm(directory, { recursive: true });
    },
  };
}

async function checkFiles(name: string, directory: string, written: number): Promise<void> {
  const names = await readdir(directory);
  if (written === 0 || names.length !== written) {
    throw new Error(`${name}: ${written} files were written, ${names.length} are there`);
  }
  for (let number = 1; number <= written; number += 1) {
    if (parseRecord(await readFile(join(directory, recordFileName(number)))) !== number) {
      throw new Error(`${name}: ${recordFileName(number)} holds another record`);
    }
  }
}
