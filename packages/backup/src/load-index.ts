import { type AbortOptions, type FileStore, type FileStoreError, forEachConcurrently } from '@oh/file-store-core';
import { BlobIndex } from './blob-index.ts';
import { corrupt } from './corrupt.ts';
import { indexDirectory, readIndexFile } from './index-files.ts';
import { isMissing, lossOf } from './lost-file.ts';
import { packPath, packsDirectory, parsePackPath } from './pack-path.ts';
import type { PackFrame } from './pack-table.ts';
import { decodeTrailer, trailerBytes, trailerEndBytes } from './pack-trailer.ts';
import type { RepositoryCipher } from './repository-cipher.ts';

/** The end of a pack that is read at first; most tables are shorter. */
const firstReadBytes = 128 * 1024;
const maxInFlight = 16;

/** What lies in a repository's packs. */
export interface LoadedIndex {
  readonly index: BlobIndex;
  /** The packs that are there, with their bytes. */
  readonly packSizes: ReadonlyMap<string, number>;
  /** Index files and packs that cannot be read. What only they say is missing in `index`. */
  readonly unreadable: readonly FileStoreError[];
}

/** Options of {@link loadIndex}. */
export interface LoadIndexOptions extends AbortOptions {
  /** Packs that are left out. Default: none. */
  readonly without?: ReadonlySet<string> | undefined;
  /** The only blobs that are of interest: of frames without any of them nothing is kept. Default: all are. */
  readonly only?: ReadonlySet<string> | undefined;
}

/** Reads the index files, and of packs that are in none of them the trailers: a file that is damaged or missing hides no pack. */
export async function loadIndex(files: FileStore, cipher: RepositoryCipher, options: LoadIndexOptions): Promise<LoadedIndex> {
  const { signal, without = new Set<string>(), only } = options;
  const index = new BlobIndex(only);
  const unreadable: FileStoreError[] = [];
  const packSizes = new Map<string, number>();
  // Packs before index files: what an index file names was there before it.
  for await (const entry of files.entries(packsDirectory, { recursive: true, signal })) {
    const pack = parsePackPath(entry.path);
    if (pack !== undefined && entry.kind === 'file' && !without.has(pack)) {
      packSizes.set(pack, entry.size);
    }
  }
  const paths = (await files.list(indexDirectory, { signal })).filter((path) => !path.endsWith('/'));
  await forEachConcurrently(paths, { maxInFlight, signal }, async (path, inFlight) => {
    const tables = await readUnlessGone(files, path, { signal: inFlight }, (options) => readIndexFile(files, path, cipher, options));
    if (tables instanceof Error) {
      unreadable.push(tables);
      return;
    }
    for (const [pack, frames] of tables ?? []) {
      if (packSizes.has(pack) && !index.packs.has(pack)) {
        index.add(pack, frames);
      }
    }
  });
  const others = [...packSizes].filter(([pack]) => !index.packs.has(pack));
  await forEachConcurrently(others, { maxInFlight, signal }, async ([pack, size], inFlight) => {
    const frames = await readUnlessGone(files, packPath(pack), { signal: inFlight }, (options) =>
      readTrailer(files, pack, size, cipher, options),
    );
    if (frames instanceof Error) {
      unreadable.push(frames);
    } else if (frames !== undefined) {
      index.add(pack, frames);
    }
  });
  return { index, packSizes, unreadable };
}

/** A prune that runs meanwhile may delete what was listed. @returns The error of what cannot be read. */
async function readUnlessGone<T>(
  files: FileStore,
  path: string,
  options: AbortOptions,
  read: (options: AbortOptions) => Promise<T>,
): Promise<T | FileStoreError | undefined> {
  try {
    return await read(options);
  } catch (error) {
    const failed = { files, path, error };
    return (await isMissing(failed, options)) ? undefined : await lossOf(failed, options);
  }
}

async function readTrailer(
  files: FileStore,
  pack: string,
  size: number,
  cipher: RepositoryCipher,
  options: AbortOptions,
): Promise<readonly PackFrame[] | FileStoreError> {
  const path = packPath(pack);
  const readEnd = async (bytes: number): Promise<Uint8Array> =>
    await files.readBytes(path, { ...options, range: { start: Math.max(0, size - bytes), end: size } });
  let end = await readEnd(firstReadBytes);
  const bytes = trailerBytes(end.subarray(-trailerEndBytes));
  if (bytes === undefined || bytes > size) {
    return corrupt(path, 'it does not end as a pack does');
  }
  end = bytes > end.byteLength ? await readEnd(bytes) : end;
  return (await decodeTrailer(end.subarray(-bytes), cipher)) ?? corrupt(path, 'its table cannot be read');
}
