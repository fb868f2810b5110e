import { randomBytes, randomUUID } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { z } from 'zod';
import { askKey } from './ask-key.ts';
import type { BackupKey } from './backup-key.ts';
import { parseChecked, serializeChecked, tryJson } from './checked-json.ts';
import { corrupt } from './corrupt.ts';
import { packsDirectory, parsePackPath } from './pack-path.ts';
import { createCipher, noCipher, type RepositoryCipher } from './repository-cipher.ts';
import { parseSnapshotPath, snapshotsDirectory } from './snapshot-name.ts';

/** Where the record of a repository lies. */
export const repositoryPath = 'repository.json';
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
  /** The wall clock. */
  readonly now: () => Date;
}

/** Options of {@link RepositoryFile.openOrMake}. */
export interface OpenOrMakeOptions extends AbortOptions {
  /** Makes none where there is none: what is sealed then opens nowhere. */
  readonly dryRun: boolean;
}

/** The record of a repository. It is read each time, since its disk may be taken out, and its key is derived once. */
export class RepositoryFile {
  readonly #place: RepositoryPlace;
  #known: { readonly text: string; readonly cipher: RepositoryCipher } | undefined;

  constructor(place: RepositoryPlace) {
    this.#place = place;
  }

  /**
   * Opens the repository.
   *
   * @throws {FileStoreError} `not-found` when there is none; `corrupt`; `unsupported` for a format of another version; `permission-denied` when the key
   *   does not open it, or it is encrypted and none is given; `invalid-argument` when a key is given and it is not encrypted.
   */
  async open(options: AbortOptions): Promise<RepositoryCipher> {
    const text = await this.#read(options);
    if (text === undefined) {
      throw new FileStoreError('not-found', `no backup repository: there is no "${repositoryPath}"; the first backup makes one`, {
        path: repositoryPath,
      });
    }
    return await this.#open(text, options);
  }

  /**
   * Opens the repository, and makes it where nothing is yet.
   *
   * @throws {FileStoreError} As {@link open}; `path-conflict` when the place has files of something else; `unavailable` when it is gone since it was
   *   opened; `unsupported` for a store without conditions.
   */
  async openOrMake(openOptions: OpenOrMakeOptions): Promise<RepositoryCipher> {
    const { files, key } = this.#place;
    const { dryRun, ...options } = openOptions;
    if (!files.capabilities.conditions) {
      throw new FileStoreError('unsupported', 'a backup needs a store with conditions');
    }
    const text = await this.#read(options);
    if (text !== undefined) {
      return await this.#open(text, options);
    }
    if (this.#known !== undefined) {
      // Another one in the place where its disk is mounted would hide behind it.
      throw new FileStoreError('unavailable', 'the repository is gone: is its disk there?', { path: repositoryPath, retryable: false });
    }
    const other = await this.#findOther(options);
    if (other !== undefined) {
      return await this.#open(other, options);
    }
    if (dryRun) {
      return key === undefined ? noCipher : createCipher(randomBytes(32), randomUUID());
    }
    try {
      await files.write(repositoryPath, await makeText(this.#place, options), { ...options, ifAbsent: true });
    } catch (error) {
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
    }
    // Of several who make it one wins.
    return await this.open(options);
  }

  /** The kind of key that the repository needs, `null` for none; `undefined` when there is no repository. @throws {FileStoreError} As {@link open}. */
  async protection(options: AbortOptions): Promise<string | null | undefined> {
    const text = await this.#read(options);
    return text === undefined ? undefined : (parseRecord(text).encryption?.protected_by ?? null);
  }

  /** @returns `undefined` where there is no repository. @throws {FileStoreError} `corrupt` where backups are, and only their record is missing. */
  async #read(options: AbortOptions): Promise<string | undefined> {
    const text = await this.#readRecord(options);
    if (text !== undefined || !(await hasBackups(this.#place.files, options))) {
      return text;
    }
    // It is written before all else: somebody may have made the repository since.
    const made = await this.#readRecord(options);
    if (made === undefined) {
      throw corrupt(repositoryPath, 'it is missing, though there are backups beside it; bring it back from a copy');
    }
    return made;
  }

  async #readRecord(options: AbortOptions): Promise<string | undefined> {
    try {
      return await this.#place.files.read(repositoryPath, options);
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  }

  /** The record that somebody else has made meanwhile, where the place is not empty. @throws {FileStoreError} `path-conflict`. */
  async #findOther(options: AbortOptions): Promise<string | undefined> {
    for await (const { path } of this.#place.files.entries('', { recursive: true, limit: 1, signal: options.signal })) {
      const text = await this.#readRecord(options);
      if (text !== undefined) {
        return text;
      }
      const message = `no backup repository, and not empty: ${JSON.stringify(path)} is there; choose another place`;
      throw new FileStoreError('path-conflict', message, { path });
    }
    return undefined;
  }

  async #open(text: string, options: AbortOptions): Promise<RepositoryCipher> {
    if (this.#known?.text !== text) {
      this.#known = { text, cipher: await openText(text, this.#place.key, options) };
    }
    return this.#known.cipher;
  }
}

async function hasBackups(files: FileStore, { signal }: AbortOptions): Promise<boolean> {
  for (const directory of [packsDirectory, snapshotsDirectory]) {
    for await (const { path } of files.entries(directory, { recursive: true, limit: 1, signal })) {
      if (parsePackPath(path) !== undefined || parseSnapshotPath(path) !== undefined) {
        return true;
      }
    }
  }
  return false;
}

async function makeText({ key, now }: RepositoryPlace, options: AbortOptions): Promise<string> {
  const encryption = key === undefined ? null : { protected_by: key.kind, wrapped_key: await wrapNewKey(key, options) };
  return serializeChecked({ format, version, id: randomUUID(), created_at: now().toISOString(), encryption });
}

async function wrapNewKey(key: BackupKey, options: AbortOptions): Promise<string> {
  return await askKey(key, repositoryPath, (asked) => asked.wrap(randomBytes(32), options), options);
}

async function openText(text: string, key: BackupKey | undefined, options: AbortOptions): Promise<RepositoryCipher> {
  const { id, encryption } = parseRecord(text);
  if (encryption === null) {
    if (key !== undefined) {
      const message = 'a key is given, but this repository is not encrypted; make an encrypted one elsewhere';
      throw new FileStoreError('invalid-argument', message, { path: repositoryPath });
    }
    return noCipher;
  }
  if (key === undefined || key.kind !== encryption.protected_by) {
    const message = `the repository is encrypted: it opens with its ${encryption.protected_by}`;
    throw new FileStoreError('permission-denied', message, { path: repositoryPath });
  }
  const masterKey = await askKey(key, repositoryPath, (asked) => asked.unwrap(encryption.wrapped_key, options), options);
  return createCipher(masterKey, id);
}

function parseRecord(text: string): z.infer<typeof repositorySchema> {
  refuseOtherVersions(text);
  const parsed = repositorySchema.safeParse(parseChecked(text));
  if (!parsed.success) {
    throw corrupt(repositoryPath, 'it is not the record of a backup repository that was written; bring it back from a copy');
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
        path: repositoryPath,
      },
    );
  }
}
