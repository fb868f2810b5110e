import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DriverAppendOptions, FileInfo } from '@oh/file-store-core';

/** Bytes of a batch at most; an append that is larger is a batch of its own. */
const maxBatchBytes = 4 * 1024 * 1024;

/** What became of an append. */
export type AppendOutcome = { readonly info: FileInfo } | { readonly error: unknown };

/** One append of a batch. */
export interface PendingAppend {
  readonly contents: Uint8Array;
  readonly options: DriverAppendOptions;
  /** From now on no abort ends it. @returns False when its caller has given it up already: it must not be made. */
  decide(): boolean;
  /** Tells its caller what became of it. */
  settle(outcome: AppendOutcome): void;
}

/**
 * Makes the appends of a batch in their order, and settles those that are not given up; when it fails, the others fail with its error.
 *
 * @param signal Aborted when all of them are given up.
 */
export type CommitAppends = (path: string, batch: readonly PendingAppend[], signal: AbortSignal | undefined) => Promise<void>;

/**
 * Group commit: the appends to a file that come while others are under way are made together, with one write and one fsync.
 *
 * An append that has none before it starts at once, together with those that are made in the same turn.
 */
export class AppendQueue {
  readonly #commit: CommitAppends;
  readonly #waiting = new Map<string, Append[]>();
  readonly #running = new Set<Promise<void>>();

  constructor(commit: CommitAppends) {
    this.#commit = commit;
  }

  /** @throws What the commit makes of it; the reason of its signal when that is aborted before it is decided. */
  add(path: string, contents: Uint8Array, options: DriverAppendOptions): Promise<FileInfo> {
    const others = this.#waiting.get(path);
    const waiting = others ?? [];
    const append = new Append(contents, options, waiting);
    waiting.push(append);
    if (others === undefined) {
      const running = this.#run(path, waiting).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
    return append.settled;
  }

  /** Waits for what is under way, which callers who have given up their appends do not. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(path: string, waiting: Append[]): Promise<void> {
    this.#waiting.set(path, waiting);
    // Callers that start many at once have called for all of them by then.
    await undefined;
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      await this.#runBatch(path, batch);
      if (batch.length > 1 || batch[0]?.wasFollowed === true) {
        // Whoever was just answered may have more: without this pause each of several callers would have a batch of its own.
        await nextTurn();
      }
    }
    this.#waiting.delete(path);
  }

  async #runBatch(path: string, batch: readonly Append[]): Promise<void> {
    const watch = watchAborts(batch);
    try {
      await this.#commit(path, batch, watch?.signal);
    } catch (error) {
      for (const append of batch) {
        append.settle({ error });
      }
    } finally {
      watch?.end();
    }
  }
}

class Append implements PendingAppend {
  readonly contents: Uint8Array;
  readonly options: DriverAppendOptions;
  readonly settled: Promise<FileInfo>;
  readonly #resolve: (info: FileInfo) => void;
  readonly #reject: (error: unknown) => void;
  readonly #waiting: readonly Append[];
  #isWithdrawn = false;
  #wasFollowed = false;

  /** @param waiting Those behind it. */
  constructor(contents: Uint8Array, options: DriverAppendOptions, waiting: readonly Append[]) {
    const { promise, resolve, reject } = Promise.withResolvers<FileInfo>();
    this.contents = contents;
    this.options = options;
    this.settled = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#waiting = waiting;
    options.signal?.addEventListener('abort', this.#withdraw, { once: true });
    if (options.signal?.aborted === true) {
      this.#withdraw();
    }
  }

  /** Whether others waited behind it when it was settled: its own caller, who is told only then, cannot be among them. */
  get wasFollowed(): boolean {
    return this.#wasFollowed;
  }

  decide(): boolean {
    this.options.signal?.removeEventListener('abort', this.#withdraw);
    return !this.#isWithdrawn;
  }

  settle(outcome: AppendOutcome): void {
    this.decide();
    this.#wasFollowed = this.#waiting.length > 0;
    if ('info' in outcome) {
      this.#resolve(outcome.info);
    } else {
      this.#reject(outcome.error);
    }
  }

  readonly #withdraw = (): void => {
    this.#isWithdrawn = true;
    this.#reject(this.options.signal?.reason);
  };
}

/** Takes the first of those that wait, and as many more as go with it. */
function takeBatch(waiting: Append[]): readonly Append[] {
  let bytes = 0;
  const end = waiting.findIndex(({ contents }, i) => {
    bytes += contents.byteLength;
    return i > 0 && bytes > maxBatchBytes;
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}

/** @returns A signal that is aborted when all of them are given up; `undefined` where one of them cannot be. */
function watchAborts(batch: readonly PendingAppend[]): { readonly signal: AbortSignal; readonly end: () => void } | undefined {
  const signals = batch.flatMap(({ options }) => options.signal ?? []);
  if (signals.length < batch.length) {
    return undefined;
  }
  const all = new AbortController();
  const check = (): void => {
    if (signals.every((signal) => signal.aborted)) {
      all.abort();
    }
  };
  for (const signal of signals) {
    signal.addEventListener('abort', check);
  }
  check();
  const end = (): void => {
    for (const signal of signals) {
      signal.removeEventListener('abort', check);
    }
  };
  return { signal: all.signal, end };
}
