import { dirname } from 'node:path';
import { type ConversationStore, FileConversationStore } from '@oh/conversation-store';
import { EventSecrets, FileEventStore } from '@oh/event-store';
import { type AbortOptions, type FileStore, parseId, type StorageLayout, sessionsLayout, withPrefix } from '@oh/file-store-core';
import {
  FileSecretsStore,
  KeyFile,
  KeyRing,
  openHandsPassphrase,
  openHandsPreviousPassphrases,
  Passphrase,
  type SecretsStore,
} from '@oh/secrets-store';
import { FileSettingsStore, type SettingsStore } from '@oh/settings-store';
import { closeInOrder } from './close-in-order.ts';
import { detectLayout } from './detect-layout.ts';
import { findKeyHolders, type KeyHolderPlace } from './find-key-holders.ts';
import { loadStoreClass } from './load-store-class.ts';
import { openFileStore } from './open-file-store.ts';
import { openWebHook } from './open-web-hook.ts';
import { checkConfigKeys } from './refuse-misspelt.ts';
import { SharedEventStores } from './shared-event-stores.ts';
import type { Storage, WebHookStore } from './storage.ts';
import { type Environment, exposeText, type StorageConfig } from './storage-config.ts';
import type { ClassKey, NamedStores, StoreClassOptions } from './store-classes.ts';
import { UserStorages } from './user-storages.ts';
import { WatchedSecrets } from './watched-secrets.ts';
import { WeakValues } from './weak-values.ts';

/** Options of {@link openStorage}. */
export interface OpenStorageOptions extends AbortOptions {
  /** Whose data it is. Default: nobody's, that of an installation with one user. */
  readonly userId?: string | undefined;
  /** Variables: what the file store needs, `OH_SECRET_KEY`, and settings. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Where everything is kept, instead of the place that the configuration names; the caller closes it. Default: that place is opened. */
  readonly files?: FileStore | undefined;
  /** How the data lies. Default: what `detectLayout` finds. */
  readonly layout?: StorageLayout | undefined;
  /**
   * How settings and secrets are written: `openhands` as OpenHands reads them, in plain text. Default: `openhands` in OpenHands' own folder
   * (`sessionsLayout`), else `native`, encrypted.
   */
  readonly format?: 'native' | 'openhands' | undefined;
  /**
   * What encrypts the secrets and the keys in settings. Default: a ring in the store, protected by the passphrase in `OH_SECRET_KEY` (those in
   * `OH_PREVIOUS_SECRET_KEYS` open it too), without one by a file that is made when it is first needed, `~/.config/oh-storage/key`.
   */
  readonly keys?: KeyRing | undefined;
  /**
   * Names this process among those that have the store open with a webhook: each has an outbox of its own, which it takes up again when it is started
   * anew. Default: the name of the host.
   */
  readonly instance?: string | undefined;
}

/** What the stores are made of. */
interface Parts {
  /** With the webhook. */
  readonly files: FileStore;
  readonly webHook: WebHookStore | undefined;
  /** Without it. */
  readonly base: FileStore;
  readonly config: StorageConfig;
  readonly options: OpenStorageOptions;
  readonly env: Environment;
  readonly layout: StorageLayout;
  /** One for all stores, so that a passphrase is derived once. */
  readonly keys: KeyRing;
  /**
   * What no event of a user may hold. Who still has a storage of the user that was closed may store a secret by it, which the one that was opened since
   * hides too.
   */
  readonly hidden: WeakValues<EventSecrets>;
}

/**
 * Opens everything that a configuration describes, such as one of `loadStorageConfig`.
 *
 * @throws {FileStoreError} `invalid-argument` for a wrong configuration, naming the key, and a `userId` that is no id; `unsupported` when a package is
 *   not installed or a class lacks methods; what the store says when it is asked how its data lies.
 * @throws The reason of the signal. Whatever failed, nothing stays open.
 */
export async function openStorage(config: StorageConfig = {}, options: OpenStorageOptions = {}): Promise<Storage> {
  const { env = process.env, signal, userId } = options;
  checkConfigKeys(config);
  if (userId !== undefined) {
    // Classes of others may not look at it.
    parseId(userId, 'user');
  }
  const opened: FileStore[] = [];
  try {
    const base = options.files ?? (await openFileStore(config, { env, signal }));
    opened.push(...(options.files === undefined ? [base] : []));
    const layout = options.layout ?? (await detectLayout(base, { signal }));
    const webHook = await openWebHook(base, config, options.instance);
    opened.push(...(webHook === undefined ? [] : [webHook]));
    const { keys = newRing(base, env) } = options;
    const parts = { files: webHook ?? base, webHook, base, config, options, env, layout, keys, hidden: new WeakValues<EventSecrets>() };
    const users: UserStorages = new UserStorages((user) =>
      assemble({ ...parts, options: { ...options, userId: user, signal: undefined } }, users, []),
    );
    const storage = await assemble(parts, users, [users, ...opened.toReversed()]);
    if (userId !== undefined) {
      users.share(userId, storage);
    }
    return storage;
  } catch (error) {
    await closeInOrder(opened.toReversed()).catch(() => undefined);
    throw error;
  }
}

/** @param closedLast What is to be closed after its own stores, in this order. */
async function assemble(parts: Parts, users: UserStorages, closedLast: readonly object[]): Promise<Storage> {
  const { files, keys, layout, options } = parts;
  const { userId } = options;
  const [conversations, store, settings] = await openStores(parts);
  // No id of a user is empty.
  const hidden = parts.hidden.getOrMake(userId ?? '', () => new EventSecrets());
  const secrets = new WatchedSecrets(store, hidden);
  const events = new SharedEventStores({
    open: (conversationId) => new FileEventStore({ files, conversationId, layout, userId, secrets: hidden }),
    beforeAppend: (abort) => secrets.hideStored(abort),
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeInOrder([events, settings, store, conversations, ...closedLast]);
    return closing;
  };
  return {
    userId,
    files,
    webHook: parts.webHook,
    layout,
    conversations,
    events: (conversationId) => events.get(conversationId),
    secrets,
    settings,
    keyUse: async (abort = {}) => ({ keys, holders: await findKeyHolders(placeOfKeys(parts), abort) }),
    forUser: (user, abort) => users.get(user, abort),
    workspace: withPrefix(files, userId === undefined ? 'workspace' : `users/${userId}/workspace`),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** All three, or none: where one fails, or the caller gives up, those that a class has made are closed. */
async function openStores(parts: Parts): Promise<[ConversationStore, SecretsStore, SettingsStore]> {
  const opening = [openConversations(parts), openSecrets(parts), openSettings(parts)] as const;
  try {
    const stores = await Promise.all(opening);
    parts.options.signal?.throwIfAborted();
    return stores;
  } catch (error) {
    const settled = await Promise.allSettled(opening);
    await closeInOrder(settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))).catch(() => undefined);
    throw error;
  }
}

async function openConversations(parts: Parts): Promise<ConversationStore> {
  const { files, layout, options } = parts;
  return (
    (await construct('conversation_store_class', parts, files)) ?? new FileConversationStore({ files, layout, userId: options.userId })
  );
}

/** Over the store without the webhook: no receiver needs them. */
async function openSecrets(parts: Parts): Promise<SecretsStore> {
  const { base, env, keys, layout, options } = parts;
  return (
    (await construct('secrets_store_class', parts, base)) ??
    new FileSecretsStore({
      files: base,
      keys,
      layout,
      userId: options.userId,
      format: formatOf(parts) === 'openhands' ? 'openhands' : 'encrypted',
      fernetPassphrase: openHandsPassphrase(env) ?? '',
      previousFernetPassphrases: () => openHandsPreviousPassphrases(env),
    })
  );
}

/** The store without the webhook where keys are in plain text. */
function settingsFiles(parts: Parts): FileStore {
  return formatOf(parts) === 'openhands' ? parts.base : parts.files;
}

function placeOfKeys(parts: Parts): KeyHolderPlace {
  const { base, keys, layout } = parts;
  return { secretsFiles: base, settingsFiles: settingsFiles(parts), layout, keys };
}

async function openSettings(parts: Parts): Promise<SettingsStore> {
  const { config, env, keys, layout, options } = parts;
  const format = formatOf(parts);
  const files = settingsFiles(parts);
  const file = config.config_file;
  return (
    (await construct('settings_store_class', parts, files)) ??
    new FileSettingsStore({
      files,
      layout,
      userId: options.userId,
      sealer: keys,
      format,
      config: file && { text: exposeText(file.text), source: file.path },
      environment: env,
    })
  );
}

function formatOf({ options, layout }: Parts): 'native' | 'openhands' {
  return options.format ?? (layout === sessionsLayout ? 'openhands' : 'native');
}

function newRing(files: FileStore, env: Environment): KeyRing {
  return new KeyRing({ files, wrapper: env['OH_SECRET_KEY'] ? Passphrase.fromEnvironment('OH_SECRET_KEY', env) : new KeyFile() });
}

/** The store of the class that the configuration names; `undefined` where it names none. */
async function construct<Key extends ClassKey>(
  key: Key,
  { config, layout, options }: Parts,
  files: FileStore,
): Promise<NamedStores[Key] | undefined> {
  const name = config[key];
  const directory = config.config_file === undefined ? process.cwd() : dirname(config.config_file.path);
  const StoreClass = name === undefined ? undefined : await loadStoreClass(key, name, directory);
  const given: StoreClassOptions = { files, layout, userId: options.userId };
  return StoreClass && new StoreClass(given);
}
