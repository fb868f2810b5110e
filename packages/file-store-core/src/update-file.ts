import { setTimeout as delay } from 'node:timers/promises';
import type { AbortOptions, FileInfo, FileStore } from './file-store.ts';
import { hasErrorCode } from './file-store-error.ts';
import { readIfThere } from './read-if-there.ts';

/** Options of {@link updateFile}. */
export interface UpdateFileOptions extends AbortOptions {
  /** How often the update is tried before `version-mismatch` is given up to the caller. Default: 1000. */
  readonly maxAttempts?: number | undefined;
}

/**
 * Of several processes that change one file without a break each loses most races, to whoever has just won: seven of eight, or more on a busy
 * disk. The chance to lose so many in a row is none.
 */
const defaultMaxAttempts = 1000;

/** Longest pause in milliseconds before another attempt. */
const maxPauseMs = 50;

/**
 * Changes a text file by compare-and-set: no update of another caller, on whatever machine, is lost.
 *
 * `update` gets the current text, or `undefined` when the file is missing, and returns the new one; it is called again with
 * the newer text when somebody else was faster, so it should do nothing else. When it returns the current text nothing is written.
 *
 * @returns The file as it then is.
 * @throws {FileStoreError} What reading and writing throw; `version-mismatch` or `already-exists` after `maxAttempts` lost races;
 *   `unsupported` where the store has no conditions.
 */
export async function updateFile(
  store: FileStore,
  path: string,
  update: (current: string | undefined) => string | Promise<string>,
  options: UpdateFileOptions = {},
): Promise<FileInfo> {
  const { maxAttempts = defaultMaxAttempts, signal } = options;
  if (!(Number.isInteger(maxAttempts) && maxAttempts >= 1)) {
    throw new RangeError('maxAttempts is a whole number from 1');
  }
  for (let attempt = 1; ; attempt += 1) {
    const file = await readIfThere(store, path, { signal });
    const text = await update(file?.text);
    signal?.throwIfAborted();
    if (file !== undefined && text === file.text) {
      return file.info;
    }
    try {
      return await writeBack(store, path, text, file?.info, { signal });
    } catch (error) {
      const lost = hasErrorCode(error, 'version-mismatch') || hasErrorCode(error, 'already-exists');
      if (!lost || attempt >= maxAttempts) {
        throw error;
      }
    }
    await pause(attempt, signal);
  }
}

async function writeBack(
  store: FileStore,
  path: string,
  text: string,
  current: FileInfo | undefined,
  options: AbortOptions,
): Promise<FileInfo> {
  if (current === undefined) {
    return await store.write(path, text, { ...options, ifAbsent: true });
  }
  const { contentType, metadata, version } = current;
  return await store.write(path, text, { ...options, contentType, metadata, ifVersion: version });
}

/** Full jitter, so that racers spread out. */
async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(Math.random() * Math.min(maxPauseMs, 2 ** attempt), undefined, { signal }).catch(() => signal?.throwIfAborted());
}
