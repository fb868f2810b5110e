import { type FileStore, updateFile } from '@oh/file-store-core';
import { makeRecord, parseOnlyRecord } from './record.ts';

/** Adds one to the sequence of the record in a file, by compare-and-set. @returns The new sequence. */
export async function incrementRecord(store: FileStore, path: string, author: string): Promise<number> {
  let sequence = 0;
  await updateFile(store, path, (current) => {
    sequence = (current === undefined ? 0 : sequenceOf(path, current)) + 1;
    return makeRecord({ author, key: path, sequence }, 100);
  });
  return sequence;
}

function sequenceOf(path: string, text: string): number {
  const record = parseOnlyRecord(Buffer.from(text));
  if (record === undefined) {
    throw new Error(`${path} is torn`);
  }
  return record.sequence;
}
