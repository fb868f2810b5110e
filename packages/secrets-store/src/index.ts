/**
 * The secrets of an agent server over any file store: encrypted value by value, never printed by accident, changed by compare-and-set.
 *
 * - **Guarantees**: a value is stored encrypted or not at all, and opens only for its user, file, name and version; no concurrent change is lost;
 *   nothing is written over what cannot be opened; one bad record hides no other; no value stands in an error.
 * - **Keys**: a ring of random keys that can be rotated, protected by a passphrase, a key file, the keychain of the operating
 *   system, or what implements `KeyWrapper`.
 * - **OpenHands**: the `secrets.json` of its server and of its agent server are read, written when asked for, and migrated.
 * - **Limits**: whoever may write the files can bring back what stood there before; JavaScript cannot erase a string from memory.
 *
 * @packageDocumentation
 */

export { Secret } from '@oh/file-store-core/secrets';
export type { AuditAction, AuditEntry, AuditEvent } from './audit-entry.ts';
export { AuditLog, type AuditLogOptions, type AuditVerification, type AuditVerifyOptions } from './audit-log.ts';
export type { SecretVersion } from './encrypted-secrets.ts';
export { Fernet, type FernetDecryptOptions, type FernetEncryptOptions } from './fernet.ts';
export { FileSecretsStore, type FileSecretsStoreOptions } from './file-secrets-store.ts';
export { KeyFile, type KeyFileOptions } from './key-file.ts';
export { KeyRing, type KeyRingOptions, type SealOptions } from './key-ring.ts';
export type { KeyWrapper } from './key-wrapper.ts';
export { Keychain, type KeychainOptions } from './keychain.ts';
export { listSecretsStores } from './list-secrets-stores.ts';
export { migrateSecrets, type SecretsMigration } from './migrate-secrets.ts';
export { openHandsPassphrase, openHandsPreviousPassphrases } from './openhands-passphrase.ts';
export { Passphrase, type PassphraseOptions } from './passphrase.ts';
export { type ProviderType, providerTypes } from './provider-type.ts';
export { Redactor, type RedactorOptions } from './redactor.ts';
export type { RingKeyInfo } from './ring-keys.ts';
export { type KeyHolder, type KeyRotation, type KeyStatus, type KeyUse, keyStatus, retireKey, rotateKeys } from './rotate-keys.ts';
export type { PlainText, SealedText } from './sealed-text.ts';
export type { Sealer } from './sealer.ts';
export type { SecretsLock } from './secrets-file.ts';
export type { SecretsLocation } from './secrets-location.ts';
export type { ProviderTokenInfo, SecretInfo, SecretsStore } from './secrets-store.ts';
export {
  type CustomSecret,
  type ProviderToken,
  type ProviderTokenInput,
  type SecretsSection,
  type UnreadableSecret,
  UserSecrets,
  type UserSecretsInput,
} from './user-secrets.ts';
