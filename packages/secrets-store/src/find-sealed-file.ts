import { type AbortOptions, type FileStore, forEachConcurrently, hasErrorCode, homeLayout, isId } from '@oh/file-store-core';
import { sealedPattern } from './envelope.ts';

/** How much of `users` is looked at: the first secret of a large installation does not wait for all of it. */
const limit = 100;

/**
 * A file of secrets or settings that holds a sealed text, of the installation or of one of the first 100 users. Every layout has these files at the same places.
 *
 * @returns Its path; `undefined` when there is none among them.
 * @throws {FileStoreError} what listing and reading throw, since what cannot be read may hold one.
 */
export async function findSealedFile(files: FileStore, { signal }: AbortOptions): Promise<string | undefined> {
  let found: string | undefined;
  const look = async (path: string, visitSignal: AbortSignal): Promise<void> => {
    const text = found === undefined ? await readText(files, path, { signal: visitSignal }) : '';
    found ??= text.search(sealedPattern) === -1 ? undefined : path;
  };
  await forEachConcurrently((visitSignal) => listPlaces(files, { signal: visitSignal }), { maxInFlight: 16, signal }, look);
  return found;
}

async function* listPlaces(files: FileStore, { signal }: AbortOptions): AsyncGenerator<string, void, undefined> {
  yield* placesOf(undefined);
  for await (const { path } of files.entries(homeLayout.users, { limit, signal })) {
    const userId = path.slice(homeLayout.users.length + 1, -1);
    if (path.endsWith('/') && isId(userId)) {
      yield* placesOf(userId);
    }
  }
}

function placesOf(userId: string | undefined): readonly string[] {
  return [`${homeLayout.secrets(userId)}/secrets.json`, homeLayout.settings(userId)];
}

async function readText(files: FileStore, path: string, options: AbortOptions): Promise<string> {
  try {
    // A sealed text is found in bytes that are no text too: one such file of somebody does not keep all others from a ring.
    return Buffer.from(await files.readBytes(path, options)).toString('latin1');
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return '';
    }
    throw error;
  }
}
