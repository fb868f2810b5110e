import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeliveryClock } from './delivery-clock.ts';

/** Milliseconds that lines nobody waits for wait for others at most. */
const idleMs = 100;

/** The same after they could not be written. */
const retryMs = 5_000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes lines in groups: one group at a time, and everything that comes meanwhile is the next one.
 *
 * The order of the lines is that of the calls. Lines nobody waits for go with the next group, or after a moment by themselves.
 */
export class GroupCommit {
  readonly #commit: (lines: string) => Promise<void>;
  readonly #clock: DeliveryClock;
  #lines: string[] = [];
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #stopped: { readonly error: unknown } | undefined;
  #hasFailed = false;

  /** @param commit Writes lines, all or none; after an error they may be written again. */
  constructor(commit: (lines: string) => Promise<void>, clock: DeliveryClock) {
    this.#commit = commit;
    this.#clock = clock;
  }

  /** Writes lines, some time soon. */
  note(lines: string): void {
    if (this.#stopped === undefined) {
      this.#lines.push(lines);
      this.#startTimer();
    }
  }

  /** Resolves when these lines, and all before them, are written. */
  async add(lines: string): Promise<void> {
    if (this.#stopped !== undefined) {
      throw this.#stopped.error;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (lines !== '') {
      this.#lines.push(lines);
    }
    this.#waiting.push({ resolve, reject });
    this.#start();
    await promise;
  }

  /** Whether there are lines that the next group will have. */
  get hasLines(): boolean {
    return this.#lines.length > 0;
  }

  /** Whether the last group could not be written, and waits. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Resolves when nothing waits to be written; a failure leaves it waiting. */
  async end(): Promise<void> {
    await this.#running;
    if (this.hasLines) {
      await this.add('');
    }
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** From now on nothing is written any more: who waits for a group that has not begun fails with this error. */
  stop(error: unknown): void {
    this.#stopped ??= { error };
    for (const { reject } of this.#waiting) {
      reject(error);
    }
    this.#waiting = [];
    this.#lines = [];
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    do {
      const lines = this.#lines;
      const waiting = this.#waiting;
      this.#lines = [];
      this.#waiting = [];
      try {
        await this.#commit(lines.join(''));
        this.#hasFailed = false;
        for (const { resolve } of waiting) {
          resolve();
        }
      } catch (error) {
        // Nobody waits for some of them; they must not be missing, nor come behind later ones.
        this.#hasFailed = true;
        this.#lines = this.#stopped === undefined ? [...lines, ...this.#lines] : [];
        for (const { reject } of waiting) {
          reject(error);
        }
      }
      if (waiting.length > 1 || this.#waiting.length > 0) {
        // Whoever was just answered may have more: without this pause each would have a group of its own.
        await nextTurn();
      }
    } while (this.#waiting.length > 0);
    this.#running = undefined;
    if (this.hasLines) {
      this.#startTimer();
    }
  }

  /** It is left running when there is nothing to write any more: most changes would stop it and start it again. */
  #startTimer(): void {
    this.#cancelTimer ??= this.#clock.startTimer(
      this.#hasFailed ? retryMs : idleMs,
      () => {
        this.#cancelTimer = undefined;
        if (this.hasLines) {
          this.#start();
        }
      },
      { keepsAlive: false },
    );
  }
}
