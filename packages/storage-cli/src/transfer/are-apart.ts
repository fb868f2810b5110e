import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path/posix';
import { type AbortOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { versionOf } from './copy-file.ts';
import { listFiles, recordDirectory } from './list-files.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/** Options of {@link areApart}. */
export interface ApartOptions extends AbortOptions {
  /** The same text for the same source, such as its address: a run that was killed leaves a file, which the next one from there takes for its own. */
  readonly address: string;
}

/** Longest time in milliseconds that its file may take to be deleted: whoever has pressed Ctrl-C waits for that. */
const cleanupMs = 5000;

/** Runs from one source to one target share a file; so often one begins anew when others were at it. */
const maxAttempts = 10;

/**
 * Whether of two directories of different stores neither is the other, nor lies in it. They may be one, as where a bucket has two names, or is mounted: what is
 * written to the one is there in the other.
 *
 * It writes a file below {@link recordDirectory}, and deletes it: neither names nor versions tell, since those of a server may come from the contents alone.
 *
 * @throws {FileStoreError} What reading and writing throw; `unavailable` when other runs write the same file all the time.
 */
export async function areApart(from: TransferPlace, to: TransferPlace, { address, signal }: ApartOptions): Promise<boolean> {
  const name = `${recordDirectory}/apart-${createHash('sha256').update(address).digest('hex').slice(0, 16)}`;
  const file: MarkedFile = { place: to, name };
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const mark = randomUUID();
      await to.store.write(pathIn(to, name), mark, { signal });
      if (await isSeen(file, mark, from, { signal })) {
        return false;
      }
      // It was there all the while: nobody else writes this text.
      if ((await textOf(to, name, { signal })) === mark) {
        return true;
      }
    }
    throw new FileStoreError('unavailable', 'other runs are about to do the same; run it again when they have ended');
  } finally {
    // Also after an abort, which may have come when it was there already. Where it may not be deleted it stays: no transfer looks at it.
    await to.store.delete(pathIn(to, name), { signal: AbortSignal.timeout(cleanupMs) }).catch(() => undefined);
  }
}

/** A file with a text that is nowhere else. */
interface MarkedFile {
  readonly place: TransferPlace;
  readonly name: string;
}

/** Whether a marked file is met in the directory `from`, in one below, or in one around it. */
async function isSeen({ place, name }: MarkedFile, mark: string, from: TransferPlace, options: AbortOptions): Promise<boolean> {
  const isAt = async (directory: string): Promise<boolean> => {
    const text = await textOf({ store: from.store, path: directory }, name, options);
    // Another text is that of another run, if it is at the target as well.
    return text !== undefined && (text === mark || text === (await textOf(place, name, options)));
  };
  for (const directory of insides(from.path, place.path)) {
    // Where nothing may be listed, a server of S3 refuses what is missing as what is closed: what is to be copied from here can be read.
    if (await isAt(directory).catch(falseIfDenied)) {
      return true;
    }
  }
  for (const directory of ancestors(from.path)) {
    try {
      if (await isAt(directory)) {
        return true;
      }
    } catch (error) {
      if (!hasErrorCode(error, 'permission-denied') || (await mayLieAround(place, from, options))) {
        throw error;
      }
    }
  }
  return false;
}

async function textOf(place: TransferPlace, name: string, options: AbortOptions): Promise<string | undefined> {
  try {
    return await place.store.read(pathIn(place, name), options);
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

function falseIfDenied(error: unknown): false {
  if (hasErrorCode(error, 'permission-denied')) {
    return false;
  }
  throw error;
}

/** Whether the first file of `from` is met below `place` where it is when `place` is a directory around `from`. */
async function mayLieAround(place: TransferPlace, from: TransferPlace, options: AbortOptions): Promise<boolean> {
  const names = from.path.split('/');
  for await (const { path } of listFiles(from, options)) {
    for (const index of names.keys()) {
      if ((await versionOf(place, join(...names.slice(index), path), options)) !== undefined) {
        return true;
      }
    }
    break;
  }
  return false;
}

/** Where a directory of another store would be in `directory`: it ends as its path there does. The first is the directory itself. */
function insides(directory: string, other: string): readonly string[] {
  const names = other === '' ? [] : other.split('/');
  return [directory, ...names.map((_, index) => join(directory, ...names.slice(index)))];
}

function ancestors(directory: string): readonly string[] {
  const names = directory === '' ? [] : directory.split('/');
  return names.map((_, index) => names.slice(0, index).join('/'));
}
