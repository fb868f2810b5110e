import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

interface Waiting {
  readonly bytes: Uint8Array;
  readonly done: PromiseWithResolvers<void>;
}

/** Durable appends to one open file with a queue, and for all that is queued one write and one fdatasync. */
export class GroupCommit {
  readonly #file: FileHandle;
  #queue: Waiting[] = [];
  #isRunning = false;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Resolves when the bytes are at the end of the file and durable. */
  async append(bytes: Uint8Array): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#queue.push({ bytes, done });
    if (!this.#isRunning) {
      void this.#run();
    }
    await done.promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#queue.length > 0) {
      // Whoever was just answered may have more: without this pause the first of them would have a batch of its own.
      await nextTurn();
      await this.#commit(this.#queue.splice(0));
    }
    this.#isRunning = false;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#file.write(Buffer.concat(batch.map(({ bytes }) => bytes)));
      await this.#file.datasync();
      for (const { done } of batch) {
        done.resolve();
      }
    } catch (error) {
      for (const { done } of batch) {
        done.reject(error);
      }
    }
  }
}
