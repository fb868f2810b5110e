/**
 * The secrets of an agent server over any file store: encrypted value by value, never printed by accident, changed by compare-and-set.
 *
 * - **Guarantees**: a value is stored encrypted or not at all, and opens only for its user, file, name and version; no concurrent change is lost;
 *   nothing is written over what cannot be opened; one bad record hides no other; names and values never stand in an error.
 * - **Keys**: a ring of random keys, protected by a passphrase, a key file, or what implements `KeyWrapper`.
 * - **Limits**: whoever may write the files can bring back old ones as a whole; JavaScript cannot erase a string from memory.
 *
 * @packageDocumentation
 */

export { FileSecretsStore, type FileSecretsStoreOptions } from './file-secrets-store.ts';
export { KeyFile, type KeyFileOptions } from './key-file.ts';
export { KeyRing, type KeyRingOptions, type SealOptions } from './key-ring.ts';
export type { KeyWrapper } from './key-wrapper.ts';
export { mask } from './mask.ts';
export { Passphrase } from './passphrase.ts';
export { type ProviderType, providerTypes } from './provider-type.ts';
export type { PlainText, SealedText } from './sealed-text.ts';
export type { Sealer } from './sealer.ts';
export { Secret } from './secret.ts';
export type { SecretInfo, SecretsStore } from './secrets-store.ts';
export {
  type CustomSecret,
  type ProviderToken,
  type ProviderTokenInput,
  type SecretsSection,
  type UnreadableSecret,
  UserSecrets,
  type UserSecretsInput,
} from './user-secrets.ts';
