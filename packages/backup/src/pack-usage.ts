import { BlobIndex } from './blob-index.ts';
import type { PackTables } from './index-files.ts';
import type { PackFrame } from './pack-table.ts';

/** What is needed of a pack. */
export interface PackUse {
  /** Blobs that are taken from it. */
  readonly blobs: readonly string[];
  /** Bytes of the contents of these, and of all. */
  readonly usedBytes: number;
  readonly bytes: number;
}

/**
 * The same packs in the order in which blobs are taken from them.
 *
 * @param isLast Packs of which only what no other has is taken, as they are to be deleted.
 */
export function inOrderOfUse(tables: PackTables, isLast: (pack: string) => boolean): BlobIndex {
  const index = new BlobIndex();
  const order = [...tables].sort(([a], [b]) => Number(isLast(a)) - Number(isLast(b)) || (a < b ? -1 : 1));
  for (const [pack, frames] of order) {
    index.add(pack, frames);
  }
  return index;
}

/** Finds what is needed of each pack: every needed blob is taken from the one pack in which it lies by the index. */
export function findPackUse(index: BlobIndex, needed: ReadonlySet<string>): ReadonlyMap<string, PackUse> {
  return new Map(Array.from(index.packs, ([pack, frames]) => [pack, useOf(pack, frames, index, needed)]));
}

function useOf(pack: string, frames: readonly PackFrame[], index: BlobIndex, needed: ReadonlySet<string>): PackUse {
  const blobs = new Set<string>();
  let [usedBytes, bytes] = [0, 0];
  for (const [id, size] of frames.flatMap((frame) => frame.blobs)) {
    bytes += size;
    if (needed.has(id) && !blobs.has(id) && index.find(id)?.pack === pack) {
      blobs.add(id);
      usedBytes += size;
    }
  }
  return { blobs: [...blobs], usedBytes, bytes };
}
