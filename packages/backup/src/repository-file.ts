import { randomBytes, randomUUID } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { z } from 'zod';
import type { BackupKey } from './backup-key.ts';
import { parseChecked, serializeChecked, tryJson } from './checked-json.ts';
import { corrupt } from './corrupt.ts';
import { createCipher, noCipher, type RepositoryCipher } from './repository-cipher.ts';

const path = 'repository.json';
const format = 'oh-backup';
const version = 1;

/** What stands in `repository.json`. */
const repositorySchema = z.object({
  format: z.literal(format),
  version: z.literal(version),
  id: z.uuid(),
  created_at: z.string(),
  encryption: z.object({ protected_by: z.string(), wrapped_key: z.string() }).nullable(),
});

/** Where a repository is, and what opens it. */
export interface RepositoryPlace {
  readonly files: FileStore;
  /** Default: the repository is not encrypted. */
  readonly key?: BackupKey | undefined;
}

/** Options of {@link openOrMakeRepositoryFile}. */
export interface OpenOrMakeOptions extends AbortOptions {
  /** Makes none where there is none: what is sealed then opens nowhere. */
  readonly dryRun: boolean;
}

/**
 * Opens the repository, and makes it where nothing is yet.
 *
 * @throws {FileStoreError} As {@link openRepositoryFile}; `path-conflict` when the place has files of something else; `unsupported` for a store
 *   without conditions.
 */
export async function openOrMakeRepositoryFile(
  place: RepositoryPlace,
  now: () => Date,
  openOptions: OpenOrMakeOptions,
): Promise<RepositoryCipher> {
  const { files } = place;
  const { dryRun, ...options } = openOptions;
  if (!files.capabilities.conditions) {
    throw new FileStoreError('unsupported', 'a backup needs a store with conditions');
  }
  const text = await readIfThere(files, options);
  if (text !== undefined) {
    return await openText(text, place, options);
  }
  for await (const { path: other } of files.entries('', { recursive: true, limit: 1, signal: options.signal })) {
    const since = await readIfThere(files, options);
    if (since !== undefined) {
      return await openText(since, place, options);
    }
    throw new FileStoreError(
      'path-conflict',
      `no backup repository, and not empty: ${JSON.stringify(other)} is there; choose another place`,
      {
        path: other,
      },
    );
  }
  if (dryRun) {
    return place.key === undefined ? noCipher : createCipher(randomBytes(32), randomUUID());
  }
  const made = await makeText(place, now, options);
  try {
    await files.write(path, made, { ...options, ifAbsent: true });
  } catch (error) {
    if (!hasErrorCode(error, 'already-exists')) {
      throw error;
    }
  }
  // Of several who make it one wins.
  return await openRepositoryFile(place, options);
}

/**
 * Opens the repository.
 *
 * @throws {FileStoreError} `not-found` when there is none; `corrupt`; `unsupported` for a format of another version; `permission-denied` when the key
 *   does not open it, or it is encrypted and none is given; `invalid-argument` when a key is given and it is not encrypted.
 */
export async function openRepositoryFile(place: RepositoryPlace, options: AbortOptions): Promise<RepositoryCipher> {
  const text = await readIfThere(place.files, options);
  if (text === undefined) {
    throw new FileStoreError('not-found', `no backup repository: there is no ${JSON.stringify(path)}; the first backup makes one`, {
      path,
    });
  }
  return await openText(text, place, options);
}

async function readIfThere(files: FileStore, options: AbortOptions): Promise<string | undefined> {
  try {
    return await files.read(path, options);
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

async function makeText({ key }: RepositoryPlace, now: () => Date, options: AbortOptions): Promise<string> {
  const encryption = key === undefined ? null : { protected_by: key.kind, wrapped_key: await key.wrap(randomBytes(32), options) };
  return serializeChecked({ format, version, id: randomUUID(), created_at: now().toISOString(), encryption });
}

/** The kind of key that the repository needs, `null` for none; `undefined` when there is no repository. @throws {FileStoreError} As {@link openRepositoryFile}. */
export async function readProtection(files: FileStore, options: AbortOptions): Promise<string | null | undefined> {
  const text = await readIfThere(files, options);
  return text === undefined ? undefined : (parseRecord(text).encryption?.protected_by ?? null);
}

async function openText(text: string, { key }: RepositoryPlace, options: AbortOptions): Promise<RepositoryCipher> {
  const { id, encryption } = parseRecord(text);
  if (encryption === null) {
    if (key !== undefined) {
      throw new FileStoreError(
        'invalid-argument',
        'a key is given, but this repository is not encrypted; make an encrypted one elsewhere',
        { path },
      );
    }
    return noCipher;
  }
  if (key === undefined || key.kind !== encryption.protected_by) {
    throw new FileStoreError('permission-denied', `the repository is encrypted: it opens with its ${encryption.protected_by}`, { path });
  }
  return createCipher(await key.unwrap(encryption.wrapped_key, options), id);
}

function parseRecord(text: string): z.infer<typeof repositorySchema> {
  refuseOtherVersions(text);
  const parsed = repositorySchema.safeParse(parseChecked(text));
  if (!parsed.success) {
    throw corrupt(path, 'it is not the record of a backup repository that was written; bring it back from a copy');
  }
  return parsed.data;
}

/** Before the checksum, which another version may keep in another way. */
function refuseOtherVersions(text: string): void {
  const found = z.object({ format: z.literal(format), version: z.unknown() }).safeParse(tryJson(text));
  if (found.success && found.data.version !== version) {
    throw new FileStoreError(
      'unsupported',
      `the format of the repository is version ${JSON.stringify(found.data.version)}; known is ${version}`,
      {
        path,
      },
    );
  }
}
