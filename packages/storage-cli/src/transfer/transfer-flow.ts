import { type AbortOptions, forEachConcurrently } from '@oh/file-store-core';
import type { TransferPlace } from './transfer-place.ts';
import { isBatchStore, maxBatched, WriteBatches } from './write-batches.ts';

/** Files that are compared, copied or deleted at a time. */
export const defaultConcurrency = 16;

/** Files up to this size are written together with others, in bytes; so all that wait fit into memory. */
const maxBatchedBytes = 64 * 1024;

/** Options of a {@link TransferFlow}. */
export interface TransferFlowOptions extends AbortOptions {
  /** Most files that are read, or written by themselves, at a time, from 1. Default: 16. */
  readonly concurrency?: number | undefined;
}

/** What the visit of one file is given. */
export interface FileTurn {
  readonly signal: AbortSignal;
  /** Lets the next file have its turn: what is left of this one is done together with others. */
  release(): void;
}

/** How much of a transfer is done at a time: so many files are read, and where the target writes files together, further ones wait for that. */
export class TransferFlow {
  /** Where small files are written together; `undefined` where the target does not. */
  readonly #batches: WriteBatches | undefined;
  readonly #options: TransferFlowOptions;
  readonly #visits = new Set<Promise<void>>();
  #room: PromiseWithResolvers<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(to: TransferPlace, options: TransferFlowOptions) {
    this.#options = options;
    this.#batches = isBatchStore(to.store) ? new WriteBatches(to.store, options.signal) : undefined;
  }

  /** Where a file of this size, in bytes, is written together with others; `undefined` where it is written by itself. */
  batchesFor(size: number): WriteBatches | undefined {
    return size <= maxBatchedBytes ? this.#batches : undefined;
  }

  /** As `forEachConcurrently`, and what visits have released is awaited too. */
  async visitAll<T>(items: (signal: AbortSignal) => AsyncIterable<T>, visit: (item: T, turn: FileTurn) => Promise<void>): Promise<void> {
    const { concurrency: maxInFlight = defaultConcurrency, signal } = this.#options;
    const maxVisits = Math.max(maxBatched, maxInFlight);
    try {
      await forEachConcurrently(items, { maxInFlight, signal }, async (item, linked) => {
        const { promise: released, resolve: release } = Promise.withResolvers<void>();
        await Promise.race([this.#follow(visit(item, { signal: linked, release })), released]);
        while (this.#visits.size >= maxVisits) {
          this.#room ??= Promise.withResolvers();
          await this.#room.promise;
        }
        this.#throwFailure();
      });
    } finally {
      this.#batches?.hurry();
      await Promise.all(this.#visits);
    }
    this.#throwFailure();
  }

  /** Resolves when a visit has ended, however: its failure is that of the transfer. */
  async #follow(visit: Promise<void>): Promise<void> {
    const followed = visit
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#visits.delete(followed);
        this.#room?.resolve();
        this.#room = undefined;
      });
    this.#visits.add(followed);
    await followed;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
  }
}
