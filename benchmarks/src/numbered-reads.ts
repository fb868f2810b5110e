import type { Side } from './measure-rates.ts';
import { numberedRecord, recordFileName } from './numbered-record.ts';

/** How many files are read in turn. */
export const filesToRead = 256;

/** A side that reads the records 0 to {@link filesToRead} one after the other, again and again; all contents are compared. */
export function numberedReads(name: string, read: (path: string) => Promise<Uint8Array>): Side {
  const expected = Array.from({ length: filesToRead }, (_, number) => ({ path: recordFileName(number), record: numberedRecord(number) }));
  let number = 0;
  return {
    name,
    run: async () => {
      number = (number + 1) % filesToRead;
      const file = expected[number];
      if (file === undefined || !file.record.equals(await read(file.path))) {
        throw new Error(`${name}: ${file?.path} gave another record`);
      }
    },
  };
}
