import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { Secret } from '@oh/file-store-core/secrets';
import { isEmptyOpenHandsDocument, parseOpenHandsDocument } from './openhands-document.ts';
import type { SecretsChange } from './secrets-change.ts';
import type { SecretsFile } from './secrets-file.ts';
import { encryptedFile, openHandsFile, type SecretsLocation } from './secrets-location.ts';
import type { ReadSecret, StoredSecrets } from './stored-secrets.ts';

/** How often the file of OpenHands may be changed by others in the meantime. */
const maxAttempts = 10;

/** A secret that could be read. */
type Readable = ReadSecret & { readonly value: Secret };

/** What {@link migrateSecrets} did. */
export interface SecretsMigration {
  /** The names of the custom secrets and the providers of the tokens that lie encrypted now and no longer in the file of OpenHands. */
  readonly migrated: readonly string[];
}

/**
 * Moves the secrets of OpenHands' file, in plain text or as Fernet tokens, into the encrypted one.
 *
 * Nothing is removed before all of it was stored, read again and found equal. Wherever it is stopped, every secret can still be read, and calling it
 * again goes on. What is no secret, such as fields that this version does not know, stays in the file; with nothing left it is deleted.
 *
 * @throws {FileStoreError} when a secret cannot be read or stored, and `already-exists` when another value is stored encrypted under its name: the file of OpenHands
 *   is then as it was.
 */
export async function migrateSecrets(location: SecretsLocation, options: AbortOptions = {}): Promise<SecretsMigration> {
  const { openHandsLock = async (action) => await action() } = location;
  const from = openHandsFile(location, 'openhands');
  const to = encryptedFile(location);
  return await openHandsLock(async () => {
    for (let attempt = 1; ; attempt += 1) {
      const found = await from.readVersion(options);
      if (found === undefined) {
        return { migrated: [] };
      }
      const secrets = await readWhole(found.stored, options);
      await to.change(async (stored) => await toMissing(secrets, stored, to, options), options);
      await verify(secrets, to, options);
      try {
        await removeFrom(location.files, from, { ...found, secrets }, options);
        return { migrated: secrets.map(({ name }) => name) };
      } catch (error) {
        if (!hasErrorCode(error, 'version-mismatch') || attempt >= maxAttempts) {
          throw error;
        }
      }
    }
  }, options);
}

async function readWhole(stored: StoredSecrets, options: AbortOptions): Promise<readonly Readable[]> {
  return (await stored.readAll(options)).map(toReadable);
}

function toReadable(secret: ReadSecret): Readable {
  const { value } = secret;
  if (value instanceof FileStoreError) {
    throw value;
  }
  return { ...secret, value };
}

/** What is not stored yet; what is, has to be the same. */
async function toMissing(
  secrets: readonly Readable[],
  stored: StoredSecrets,
  { path }: SecretsFile,
  options: AbortOptions,
): Promise<SecretsChange[]> {
  const there = new Map((await stored.readAll(options)).map((each) => [keyOf(each), each]));
  return secrets.flatMap((secret) => {
    const { section, name, value, attributes } = secret;
    const same = there.get(keyOf(secret));
    if (same === undefined) {
      return [{ section, name, draft: { secret: value, attributes } }];
    }
    if (!toReadable(same).value.equals(value)) {
      const message = `another value of ${JSON.stringify(name)} is stored encrypted at "${path}"; delete one of the two`;
      throw new FileStoreError('already-exists', message, { path });
    }
    return [];
  });
}

async function verify(secrets: readonly Readable[], to: SecretsFile, options: AbortOptions): Promise<void> {
  const stored = await to.read(options);
  const there = new Map((await stored?.readAll(options))?.map((each) => [keyOf(each), each.value]));
  for (const secret of secrets) {
    const value = there.get(keyOf(secret));
    if (value === undefined || value instanceof FileStoreError || !value.equals(secret.value)) {
      throw new FileStoreError('corrupt', `${JSON.stringify(secret.name)} is not stored as it was read; nothing was removed`, {
        path: to.path,
      });
    }
  }
}

/** By compare-and-set: what somebody has written meanwhile is not removed. */
async function removeFrom(
  files: FileStore,
  { path }: SecretsFile,
  found: { readonly stored: StoredSecrets; readonly version: string; readonly secrets: readonly Readable[] },
  { signal }: AbortOptions,
): Promise<void> {
  const deletions = found.secrets.map(({ section, name }) => ({ section, name, draft: undefined }));
  const rest = await found.stored.change(deletions, { signal });
  const { conditions, conditionalDelete = conditions } = files.capabilities;
  if (conditionalDelete && isEmptyOpenHandsDocument(parseOpenHandsDocument(rest, path))) {
    await files.delete(path, { ifVersion: found.version, signal });
  } else {
    await files.write(path, rest, { ifVersion: found.version, signal });
  }
}

function keyOf({ section, name }: ReadSecret): string {
  return `${section} ${name}`;
}
