import type { AbortOptions, FileStore } from '@oh/file-store-core';
import { BlobIndex } from './blob-index.ts';
import { BlobReader } from './blob-reader.ts';
import { BlobWriter } from './blob-writer.ts';
import type { PackFrame } from './pack-table.ts';
import type { PackUse } from './pack-usage.ts';
import type { RepositoryCipher } from './repository-cipher.ts';

/** Of a pack of which less is needed the rest is not worth its space. */
const leastUse = 0.5;
/** Packs of fewer bytes, as small backups leave them, are put together. */
const smallPackBytes = 1024 * 1024;
/** So many of them may be there. */
const maxSmallPacks = 16;

/** The packs whose blobs are better stored anew. @param packSizes Bytes of each. */
export function choosePacksToRepack(uses: ReadonlyMap<string, PackUse>, packSizes: ReadonlyMap<string, number>): readonly string[] {
  const used = [...uses].filter(([, { blobs }]) => blobs.length > 0);
  const isSmall = (pack: string): boolean => (packSizes.get(pack) ?? 0) < smallPackBytes;
  const small = used.filter(([pack]) => isSmall(pack));
  return used
    .filter(([pack, { usedBytes, bytes }]) => usedBytes < bytes * leastUse || (isSmall(pack) && small.length > maxSmallPacks))
    .map(([pack]) => pack);
}

/** Stores the needed blobs of packs in new ones. */
export async function repack(
  files: FileStore,
  cipher: RepositoryCipher,
  packs: ReadonlyMap<string, { readonly frames: readonly PackFrame[]; readonly use: PackUse }>,
  options: AbortOptions,
): Promise<void> {
  const writer = new BlobWriter(files, cipher, new BlobIndex());
  for (const [pack, { frames, use }] of packs) {
    const index = new BlobIndex();
    index.add(pack, frames);
    const reader = new BlobReader(files, cipher, index);
    for (const id of use.blobs) {
      await writer.add(await reader.read(id, options), options);
    }
  }
  await writer.flush(options);
}
