import type { Storage } from '@oh/storage';
import type { CliIo } from '../cli-io.ts';
import type { Locations } from '../locations/locations.ts';
import type { OutboxTurns } from './outbox-turns.ts';
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
  readonly #opened: Storage[] = [];
  #turns: OutboxTurns | undefined;

  constructor(options: StoragesOptions) {
    this.#options = options;
  }

  /** Opens the storage that the options mean, as `openCommandStorage` does. */
  async open(options: StoreOptions, access: StorageAccess): Promise<Storage> {
    const [{ openCommandStorage }, { OutboxTurns }] = await Promise.all([import('./open-command-storage.ts'), import('./outbox-turns.ts')]);
    this.#turns ??= new OutboxTurns(this.#options);
    const storage = await openCommandStorage(options, access, this.#turns, this.#options);
    this.#opened.push(storage);
    return storage;
  }

  /** Closes all of them. @throws The error of the first that could not be closed; the others are closed all the same. */
  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#opened.map((storage) => storage.close()));
    const ended = await Promise.allSettled([this.#turns?.end()]);
    const failed = [...closed, ...ended].find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }
}
