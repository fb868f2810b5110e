import type { Side } from './measure-rates.ts';
import { parseRecord, recordBytes, recordFileName } from './numbered-record.ts';

/** How many files are read in turn. */
export const filesToRead = 256;

/** Options of {@link numberedReads}. */
export interface NumberedReadsOptions {
  /** How many files there are. Default: {@link filesToRead}. */
  readonly files?: number | undefined;
  /** Bytes of each. Default: {@link recordBytes}. */
  readonly bytes?: number | undefined;
}

/** A side that reads the records 0 to `files` one after the other, again and again; all contents are compared. */
export function numberedReads(name: string, read: (path: string) => Promise<Uint8Array>, options: NumberedReadsOptions = {}): Side {
  const { files = filesToRead, bytes = recordBytes } = options;
  const paths = Array.from({ length: files }, (_, number) => recordFileName(number));
  let last = 0;
  return {
    name,
    run: async () => {
      last = (last + 1) % files;
      const number = last;
      const contents = await read(paths[number] ?? '');
      if (parseRecord(contents, bytes) !== number) {
        throw new Error(`${name}: ${paths[number]} gave another record`);
      }
    },
  };
}
