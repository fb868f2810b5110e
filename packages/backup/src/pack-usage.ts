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
 * Finds for each needed blob the one pack that it is taken from.
 *
 * @param isLast Packs that are chosen only for what no other has, as they are to be deleted.
 */
export function findPackUse(
  tables: PackTables,
  needed: ReadonlySet<string>,
  isLast: (pack: string) => boolean,
): ReadonlyMap<string, PackUse> {
  const order = [...tables].sort(([a], [b]) => Number(isLast(a)) - Number(isLast(b)) || (a < b ? -1 : 1));
  const found = new Set<string>();
  return new Map(order.map(([pack, frames]) => [pack, useOf(frames, needed, found)]));
}

function useOf(frames: readonly PackFrame[], needed: ReadonlySet<string>, found: Set<string>): PackUse {
  const blobs: string[] = [];
  let [usedBytes, bytes] = [0, 0];
  for (const [id, size] of frames.flatMap((frame) => frame.blobs)) {
    bytes += size;
    if (needed.has(id) && !found.has(id)) {
      found.add(id);
      blobs.push(id);
      usedBytes += size;
    }
  }
  return { blobs, usedBytes, bytes };
}
