import type { AbortOptions, FileStore, FileStoreError } from '@oh/file-store-core';
import { z } from 'zod';
import { tryJson } from './checked-json.ts';
import { corrupt } from './corrupt.ts';
import { type PackFrame, packFrameSchema } from './pack-table.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { isSha256, sha256 } from './sha256.ts';
import { compress, decompress } from './zstd.ts';

/** Where index files lie, each named by the SHA-256 of its bytes. */
export const indexDirectory = 'index';
const context: readonly string[] = ['index'];
const maxIndexBytes = 1024 * 1024 * 1024;

const indexSchema = z.object({ packs: z.array(z.object({ pack: z.string().refine(isSha256), frames: z.array(packFrameSchema) })) });

/** The tables of packs, as in their trailers. */
export type PackTables = ReadonlyMap<string, readonly PackFrame[]>;

/** Writes the tables of packs into a file of their own, so that whoever opens the repository need not look into each pack. @returns Its path. */
export async function writeIndexFile(
  files: Pick<FileStore, 'write'>,
  tables: PackTables,
  cipher: RepositoryCipher,
  options: AbortOptions,
): Promise<string> {
  const packs = Array.from(tables, ([pack, frames]) => ({ pack, frames }));
  const bytes = cipher.seal(await compress(Buffer.from(JSON.stringify({ packs }))), context);
  const path = `${indexDirectory}/${sha256(bytes)}`;
  await files.write(path, bytes, options);
  return path;
}

/**
 * Reads what {@link writeIndexFile} wrote.
 *
 * @returns The tables, or the error that says why it cannot be read.
 */
export async function readIndexFile(
  files: FileStore,
  path: string,
  cipher: RepositoryCipher,
  options: AbortOptions,
): Promise<PackTables | FileStoreError> {
  const bytes = await files.readBytes(path, options);
  if (`${indexDirectory}/${sha256(bytes)}` !== path) {
    return corrupt(path, 'its contents do not have the SHA-256 that it is named by');
  }
  const packed = cipher.open(bytes, context);
  const text = packed && (await decompress(packed, maxIndexBytes));
  const parsed = text && indexSchema.safeParse(tryJson(text.toString())).data;
  return parsed ? new Map(parsed.packs.map(({ pack, frames }) => [pack, frames])) : corrupt(path, 'it is no index of this repository');
}
