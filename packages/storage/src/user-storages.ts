import { type AbortOptions, FileStoreError, parseId, raceAbort } from '@oh/file-store-core';
import type { Storage } from './storage.ts';

/** The storages of users over the same files, one for each. */
export class UserStorages {
  readonly #open: (userId: string) => Promise<Storage>;
  /** Those that callers are given. */
  readonly #storages = new Map<string, Promise<Storage>>();
  /** Besides, those that are being closed. */
  readonly #unclosed = new Set<Promise<Storage>>();
  #isClosed = false;

  /** @param open Opens the one of a user. */
  constructor(open: (userId: string) => Promise<Storage>) {
    this.#open = open;
  }

  /** Takes the storage of a user that was opened otherwise; it is not closed with the others. */
  share(userId: string, storage: Storage): void {
    this.#storages.set(userId, Promise.resolve(storage));
  }

  /** The storage of a user, which all callers share until it is closed. @throws {FileStoreError} `invalid-argument` for what is no id; `closed`; what `open` throws. */
  async get(userId: string, { signal }: AbortOptions = {}): Promise<Storage> {
    if (this.#isClosed) {
      throw new FileStoreError('closed', 'the storage is closed');
    }
    signal?.throwIfAborted();
    return await raceAbort(this.#storages.get(parseId(userId, 'user')) ?? this.#add(userId), signal);
  }

  /** Closes all of them. @throws The first failure, when all are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await Promise.allSettled(this.#unclosed);
    const closing = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value.close()] : []));
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }

  #add(userId: string): Promise<Storage> {
    const forget = (): void => {
      if (this.#storages.get(userId) === added) {
        this.#storages.delete(userId);
      }
    };
    const added: Promise<Storage> = this.#open(userId).then(
      (storage) => this.#forgottenWhenClosed(storage, added, forget),
      (error: unknown) => {
        forget();
        this.#unclosed.delete(added);
        throw error;
      },
    );
    this.#storages.set(userId, added);
    this.#unclosed.add(added);
    return added;
  }

  #forgottenWhenClosed(storage: Storage, added: Promise<Storage>, forget: () => void): Storage {
    const close = async (): Promise<void> => {
      forget();
      await storage.close().finally(() => this.#unclosed.delete(added));
    };
    return { ...storage, close, [Symbol.asyncDispose]: close };
  }
}
