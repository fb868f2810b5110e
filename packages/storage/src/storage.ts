import type { ConversationStore } from '@oh/conversation-store';
import type { EventStore } from '@oh/event-store';
import type { AbortOptions, FileStore, StorageLayout } from '@oh/file-store-core';
import type { KeyUse, SecretsStore } from '@oh/secrets-store';
import type { SettingsStore } from '@oh/settings-store';

/** A file store that tells a webhook of its changes. */
export interface WebHookStore extends FileStore {
  /**
   * Queues the notices again that could not be delivered: they are delivered while the storage is open and when it is closed, as any others.
   *
   * @returns How many were queued, and how many were removed since the store holds something else by now.
   */
  replay(options?: ReplayOptions): Promise<{ readonly replayed: number; readonly superseded: number }>;
}

/** Options of {@link WebHookStore.replay}. */
export interface ReplayOptions extends AbortOptions {
  /** Only the notices with these ids. Default: all. */
  readonly ids?: readonly string[] | undefined;
}

/** Everything that an agent server keeps, of one user or of an installation with one. */
export interface Storage extends AsyncDisposable {
  /** Whose it is; `undefined` in an installation with one user. */
  readonly userId: string | undefined;
  /** All files; the changes of them are told to the webhook that is configured. */
  readonly files: FileStore;
  /** The same files where a webhook is configured, else `undefined`. */
  readonly webHook: WebHookStore | undefined;
  /** Where the records lie in them. */
  readonly layout: StorageLayout;
  /** The conversations. */
  readonly conversations: ConversationStore;
  /**
   * The events of a conversation. Callers of the same conversation share one store while one of them holds it; it is closed with the storage.
   *
   * No event that is appended holds a secret of {@link secrets}: they are loaded before the first append, which fails where they cannot be
   * (`permission-denied` without their key).
   *
   * @throws {FileStoreError} `invalid-argument` for what is no id; `closed`.
   */
  events(conversationId: string): EventStore;
  /** The secrets. The webhook is not told of them. */
  readonly secrets: SecretsStore;
  /** The settings. Those of `config.toml` and of the environment count more than the stored ones. */
  readonly settings: SettingsStore;
  /**
   * The ring of keys, and everything in the store that it seals: the secrets and the settings of all users. For `rotateKeys`, `keyStatus` and `retireKey`
   * of `@oh/secrets-store`; asked anew for each of them, since users come meanwhile.
   */
  keyUse(options?: AbortOptions): Promise<KeyUse>;
  /**
   * The storage of another user over the same files, webhook and keys: for servers with many users. All callers share one for each user, so that what one of
   * them registers as a secret is kept out of the events of all. The user of this storage is given this storage itself.
   *
   * Ids that differ in case alone are two users, but have one directory where the file system ignores case (Windows, macOS).
   *
   * It is closed with this storage. Closing it before, when nobody uses it any more, frees what it holds, about 10 KB, and leaves the files open.
   *
   * @throws {FileStoreError} `invalid-argument` for what is no id; `closed`.
   */
  forUser(userId: string, options?: AbortOptions): Promise<Storage>;
  /** The files that agents work on: the directory `workspace`, for a user below the user's. */
  readonly workspace: FileStore;
  /**
   * Closes everything in order: stores of events, which end their appends; the storages of users; the webhook, which delivers what waits, for 15 seconds at most, and keeps the
   * rest; the files. More than once is no error.
   */
  close(): Promise<void>;
}
