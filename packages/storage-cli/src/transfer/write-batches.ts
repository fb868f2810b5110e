import type { FileInfo, FileStore } from '@oh/file-store-core';
import type { FileWrite, LocalFileStore } from '@oh/file-store-local';

/** So many files are written together. */
const filesOfBatch = 500;

/** Longest time in milliseconds that a file waits for others: a flush costs as much for few of them as for many. */
const maxWaitMs = 1000;

/** A store that writes many files together for less than each by itself costs. */
export type BatchStore = FileStore & Pick<LocalFileStore, 'writeAll'>;

/** Files that may wait for their batch, or be in one, while others are read: one batch is gathered while another is written. */
export const maxBatched: number = 2 * filesOfBatch;

interface Pending {
  readonly write: FileWrite;
  readonly outcome: PromiseWithResolvers<FileInfo>;
}

/** Whether a store writes files together. */
export function isBatchStore(store: FileStore): store is BatchStore {
  return 'writeAll' in store;
}

/** Gathers files that are read one by one, and has them written together. */
export class WriteBatches {
  readonly #store: BatchStore;
  readonly #signal: AbortSignal | undefined;
  #pending: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isHurried = false;

  /** @param signal Ends every write. */
  constructor(store: BatchStore, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  /** Writes a file together with others. @returns When it is as durable as every write of the store. */
  async write(write: FileWrite): Promise<FileInfo> {
    const outcome = Promise.withResolvers<FileInfo>();
    this.#pending.push({ write, outcome });
    if (this.#isHurried || this.#pending.length >= filesOfBatch) {
      this.#send();
    } else {
      this.#timer ??= setTimeout(() => this.#send(), maxWaitMs);
    }
    return await outcome.promise;
  }

  /** Says that hardly anything comes any more: nothing waits from now on. */
  hurry(): void {
    this.#isHurried = true;
    this.#send();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const sent = this.#pending;
    if (sent.length === 0) {
      return;
    }
    this.#pending = [];
    void this.#write(sent);
  }

  /** Whatever happens is the outcome of each file. */
  async #write(sent: readonly Pending[]): Promise<void> {
    try {
      const writes = sent.map(({ write }) => write);
      const results = await this.#store.writeAll(writes, { signal: this.#signal });
      for (const [index, result] of results.entries()) {
        settle(sent[index]?.outcome, result);
      }
    } catch (error) {
      for (const { outcome } of sent) {
        outcome.reject(error);
      }
    }
  }
}

function settle(outcome: PromiseWithResolvers<FileInfo> | undefined, result: PromiseSettledResult<FileInfo>): void {
  if (result.status === 'fulfilled') {
    outcome?.resolve(result.value);
  } else {
    outcome?.reject(result.reason);
  }
}
