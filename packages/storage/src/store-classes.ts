import type { ConversationStore } from '@oh/conversation-store';
import type { FileStore, StorageLayout } from '@oh/file-store-core';
import type { SecretsStore } from '@oh/secrets-store';
import type { SettingsStore } from '@oh/settings-store';

/** What a class that the configuration names is constructed with. */
export interface StoreClassOptions {
  /** Where its records are to be kept; closed by the storage, after it. */
  readonly files: FileStore;
  /** Where they lie in it. */
  readonly layout: StorageLayout;
  /** Whose they are. */
  readonly userId: string | undefined;
}

/** The stores whose class the configuration may name. */
export interface NamedStores {
  readonly conversation_store_class: ConversationStore;
  readonly secrets_store_class: SecretsStore;
  readonly settings_store_class: SettingsStore;
}

/** A key of the configuration that names a class. */
export type ClassKey = keyof NamedStores;

/** The methods of a type, all of them. */
type MethodNames<T> = { readonly [Name in Extract<keyof T, string>]: true };

/** What a class must have, by the key that names it. */
export const requiredMethods: { readonly [Key in ClassKey]: MethodNames<NamedStores[Key]> } = {
  conversation_store_class: {
    saveMetadata: true,
    updateMetadata: true,
    listVersions: true,
    getVersion: true,
    restoreVersion: true,
    getMetadata: true,
    deleteMetadata: true,
    exists: true,
    validateMetadata: true,
    getAllMetadata: true,
    search: true,
    prune: true,
    close: true,
  },
  secrets_store_class: {
    load: true,
    store: true,
    update: true,
    getSecret: true,
    setSecret: true,
    deleteSecret: true,
    list: true,
    listProviderTokens: true,
    deleteProviderToken: true,
  },
  settings_store_class: { load: true, store: true, update: true, explain: true },
};

/** What OpenHands calls the classes that are the default here. */
export const openHandsClasses: { readonly [Key in ClassKey]: RegExp } = {
  conversation_store_class: /^openhands\.storage\.conversation\.\w+\.FileConversationStore$/,
  secrets_store_class: /^openhands\.storage\.secrets\.\w+\.FileSecretsStore$/,
  settings_store_class: /^openhands\.storage\.settings\.\w+\.FileSettingsStore$/,
};
