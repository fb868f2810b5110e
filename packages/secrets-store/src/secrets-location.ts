import { type FileStore, homeLayout, type StorageLayout } from '@oh/file-store-core';
import { EncryptedSecrets } from './encrypted-secrets.ts';
import { KeyRing } from './key-ring.ts';
import { type OpenHandsForm, parseOpenHandsDocument } from './openhands-document.ts';
import { openHandsPassphrase, openHandsPreviousPassphrases } from './openhands-passphrase.ts';
import { OpenHandsSecrets } from './openhands-secrets.ts';
import { SecretsFile, type SecretsLock } from './secrets-file.ts';

/** Where the secrets of a user lie, and what reads them. */
export interface SecretsLocation {
  /** Where the secrets are kept; it needs conditions. The caller opens and closes it. */
  readonly files: FileStore;
  /** The keys. Default: a ring in `files`, protected by the passphrase in `OH_SECRET_KEY`. */
  readonly keys?: KeyRing | undefined;
  /** Where the secrets lie in it. Default: `homeLayout`. */
  readonly layout?: StorageLayout | undefined;
  /** The user whose secrets they are. Default: none, those of an installation with one user. */
  readonly userId?: string | undefined;
  /**
   * The passphrase of Fernet tokens in the file of OpenHands. Default: as OpenHands has it, `OH_SECRET_KEY`, else `SESSION_API_KEY`, else
   * `OH_SESSION_API_KEYS_0` in the environment. An empty one is none.
   */
  readonly fernetPassphrase?: string | undefined;
  /**
   * Gives passphrases that open Fernet tokens, and encrypt none: those of before a rotation. It is asked when the present one does not open a token. Default: as
   * OpenHands has it, `OH_PREVIOUS_SECRET_KEYS` in the environment.
   */
  readonly previousFernetPassphrases?: (() => readonly string[]) | undefined;
  /**
   * How many versions of a secret are kept besides the newest. Default: those that are there stay, and no one is added.
   */
  readonly history?: number | undefined;
  /**
   * Whether the names and descriptions of encrypted secrets are sealed too, by sealing the file as a whole; listing needs the key then. Default: as the file is, a new
   * one not.
   */
  readonly sealNames?: boolean | undefined;
  /** The clock of `updated_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** Keeps other programs out while the file of OpenHands is changed. Default: none, compare-and-set alone. */
  readonly openHandsLock?: SecretsLock | undefined;
}

/**
 * The file with encrypted secrets.
 *
 * @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path.
 */
export function encryptedFile(location: SecretsLocation): SecretsFile<EncryptedSecrets> {
  const { files, keys = new KeyRing({ files }), layout = homeLayout, userId, history, sealNames, now = () => new Date() } = location;
  if (history !== undefined && !(Number.isInteger(history) && history >= 0)) {
    throw new RangeError('history is a whole number from 0');
  }
  const path = `${layout.secrets(userId)}/secrets.json`;
  const options = { path, userId, keys, history, sealNames, now };
  return new SecretsFile({
    files,
    path,
    parse: async (text, { signal }) => await EncryptedSecrets.parse(text, options, { signal }),
  });
}

/**
 * The file of OpenHands.
 *
 * @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path.
 */
export function openHandsFile(location: SecretsLocation, form: OpenHandsForm): SecretsFile {
  const { files, layout = homeLayout, userId, fernetPassphrase, openHandsLock: lock } = location;
  const { previousFernetPassphrases: previousPassphrases = () => openHandsPreviousPassphrases(process.env) } = location;
  const path = layout.openHandsSecrets(userId);
  const passphrase = (): string | undefined => (fernetPassphrase ?? openHandsPassphrase(process.env)) || undefined;
  return new SecretsFile({
    files,
    path,
    lock,
    parse: async (text) => new OpenHandsSecrets(parseOpenHandsDocument(text, path), { path, form, passphrase, previousPassphrases }),
  });
}
