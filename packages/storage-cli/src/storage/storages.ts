import type { Storage } from '@oh/storage';
import type { CliIo } from '../cli-io.ts';
import type { Locations } from '../locations/locations.ts';
import type { CommandStorage } from './open-command-storage.ts';
import type { StorageAccess, StoreOptions } from './store-options.ts';

/** What a {@link Storages} works with. */
export interface StoragesOptions {
  readonly io: CliIo;
  /** Opens the file stores, and closes them. */
  readonly locations: Locations;
  readonly signal: AbortSignal;
  /** Tells people something. */
  note(message: string): void;
}

/** Opens what an agent server keeps, and closes it when the run ends, before the file stores are closed. */
export class Storages {
  readonly #options: StoragesOptions;
  readonly #opened: CommandStorage[] = [];

  constructor(options: StoragesOptions) {
    this.#options = options;
  }

  /** Opens the storage that the options mean, as `openCommandStorage` does. */
  async open(options: StoreOptions, access: StorageAccess): Promise<Storage> {
    const { openCommandStorage } = await import('./open-command-storage.ts');
    const opened = await openCommandStorage(options, access, this.#options);
    this.#opened.push(opened);
    return opened.storage;
  }

  /** Closes all of them. @throws The error of the first that could not be closed; the others are closed all the same. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(this.#opened.map((opened) => this.#close(opened)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }

  async #close({ storage, countLeft }: CommandStorage): Promise<void> {
    await storage.close();
    const left = await countLeft();
    if (left > 0) {
      this.#options.note(`${left} notices for the webhook wait in the outbox; "webhooks replay" delivers them`);
    }
  }
}
