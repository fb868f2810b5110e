import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileStore } from '../../file-store.ts';
import { collect } from '../test-data.ts';

/** A version of a file that consists of one byte, repeated. */
export interface SeenVersion {
  readonly version: string;
  readonly fill: number;
}

const path = 'dir/file';
const endMark = 'dir/end';

/** Overwrites one file again and again, each time with another byte and another size, and leaves a mark at the end. */
export async function overwrite(store: FileStore, count: number): Promise<SeenVersion[]> {
  const written: SeenVersion[] = [];
  for (let i = 0; i < count; i += 1) {
    const fill = i % 256;
    const { version } = await store.write(path, new Uint8Array(sizeOf(fill)).fill(fill));
    written.push({ version, fill });
  }
  await store.write(endMark, 'end');
  return written;
}

/** Reads that file until the mark is there. @throws {AssertionError} When it is a part of what was written, a mixture, or missing. */
export async function checkWhole(store: FileStore): Promise<SeenVersion[]> {
  const seen: SeenVersion[] = [];
  while (!(await store.exists(path))) {
    await nextTurn();
  }
  while (!(await store.exists(endMark))) {
    const file = await store.open(path);
    const bytes = Buffer.concat(await collect(file.stream()));
    const fill = bytes[0] ?? -1;
    assert.equal(bytes.byteLength, sizeOf(fill), 'a part of a file');
    assert.ok(bytes.equals(Buffer.alloc(bytes.byteLength, fill)), 'a mixture of two files');
    assert.equal(file.info.size, bytes.byteLength, 'info of another version');
    seen.push({ version: file.info.version, fill });
  }
  return seen;
}

/** On both sides of what a backend reads at once. */
function sizeOf(fill: number): number {
  return fill % 2 === 0 ? 20_000 + fill : 400_000 + fill;
}
