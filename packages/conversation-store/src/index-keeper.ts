import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { ConversationScope } from './conversation-scope.ts';
import type { IndexComparison, IndexDifference } from './index-comparison.ts';
import { type IndexState, readIndexState, writeIndexState } from './index-state.ts';
import { isRefusal } from './is-refusal.ts';

/** What an {@link IndexKeeper} works with. */
export interface IndexKeeperParts {
  readonly files: FileStore;
  readonly scope: ConversationScope;
  readonly comparison: IndexComparison;
  readonly now: () => Date;
}

/** How fresh a search has to be. */
export interface FreshnessOptions extends AbortOptions {
  /** Whether the page is the first one of its search. */
  readonly isFirst: boolean;
  /** Whether the names are compared whatever their number. */
  readonly refresh: boolean;
}

/** Up to so many directories their names are compared for every first page, and so many unknown records are read while a page waits. */
export const maxAwaited = 1000;

/** Between two comparisons beyond {@link maxAwaited}: a minute, and so much more for each conversation that a comparison takes little of the time. */
const minPauseMs = 60_000;
const pauseMsPerConversation = 5;

/** Decides when the index is compared with the directory of the conversations, and does what takes long in the background. */
export class IndexKeeper {
  readonly #parts: IndexKeeperParts;
  readonly #closing = new AbortController();
  #background: Promise<void> | undefined;
  #unlisted: IndexState | 'missing' | undefined;
  #isOverdue = false;

  constructor(parts: IndexKeeperParts) {
    this.#parts = parts;
  }

  /**
   * Makes the index as fresh as a page needs it.
   *
   * @returns Whether the page can be read through the index; otherwise all records are to be read.
   * @throws {FileStoreError} Also what writing throws, where the index is not right and cannot be written.
   */
  async prepare({ isFirst, refresh, signal }: FreshnessOptions): Promise<boolean> {
    const { files, scope } = this.#parts;
    const state = await readIndexState(files, scope.bookkeeping, { signal });
    if (state === 'later') {
      return false;
    }
    if (state === 'missing' || (isFirst && (refresh || this.#isOverdue || state.conversations <= maxAwaited))) {
      return await this.#compareNow(state, { signal });
    }
    if (isFirst && this.#isDue(state)) {
      this.#startComparison(state);
    }
    return true;
  }

  /** Lists everything that there is, however long that takes: for whoever is going to read every page. */
  async complete(options: AbortOptions): Promise<void> {
    const { comparison, files, now, scope } = this.#parts;
    const state = await readIndexState(files, scope.bookkeeping, options);
    if (state === 'later') {
      return;
    }
    const begun = now();
    try {
      await this.#settle(state, await comparison.compare(options), begun, options);
    } catch (error) {
      // Where the index cannot be written, each page reads every record, and is right all the same.
      if (!isRefusal(error)) {
        throw error;
      }
    }
  }

  /** Lists in the background what was too much for a page to wait for; called when the page is there, which it would have slowed down. */
  resume(): void {
    if (this.#unlisted !== undefined) {
      this.#startComparison(this.#unlisted);
      this.#unlisted = undefined;
    }
  }

  /** What runs in the background; it never rejects. */
  get background(): Promise<void> | undefined {
    return this.#background;
  }

  /** Ends what runs in the background. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#background;
  }

  async #compareNow(state: IndexState | 'missing', options: AbortOptions): Promise<boolean> {
    const { comparison } = this.#parts;
    const begun = this.#parts.now();
    const difference = await comparison.compare(options);
    if (difference.unknown.length > maxAwaited) {
      this.#unlisted = state;
      return false;
    }
    await this.#settle(state, difference, begun, options);
    this.#isOverdue = false;
    return true;
  }

  async #settle(state: IndexState | 'missing', difference: IndexDifference, begun: Date, options: AbortOptions): Promise<void> {
    const { comparison, files, scope } = this.#parts;
    const { conversations } = difference;
    await comparison.settle(difference, options);
    const isSmall = conversations <= maxAwaited;
    const isNoted = state === 'missing' ? conversations === 0 : isSmall && state.conversations <= maxAwaited;
    if (!isNoted) {
      await writeIndexState(files, scope.bookkeeping, { version: 1, conversations, compared_at: begun.toISOString() }, options);
    }
  }

  #isDue({ conversations, compared_at }: IndexState): boolean {
    const pauseMs = minPauseMs + conversations * pauseMsPerConversation;
    // Also when another clock was ahead.
    return Math.abs(this.#parts.now().getTime() - Date.parse(compared_at)) >= pauseMs;
  }

  #startComparison(state: IndexState | 'missing'): void {
    const { signal } = this.#closing;
    if (this.#background !== undefined || signal.aborted) {
      return;
    }
    const run = async (): Promise<void> => {
      try {
        const begun = this.#parts.now();
        await this.#settle(state, await this.#parts.comparison.compare({ signal }), begun, { signal });
        this.#isOverdue = false;
      } catch {
        // Nobody waits for it: the next first page compares while it waits, and tells what fails.
        this.#isOverdue = true;
      } finally {
        this.#background = undefined;
      }
    };
    this.#background = run();
  }
}
