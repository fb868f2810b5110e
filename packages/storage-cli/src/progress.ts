import type { Writable } from 'node:stream';
import type { SingleBar } from 'cli-progress';
import { isTerminal } from './is-terminal.ts';
import { type ProgressCounts, type ProgressState, progressLine } from './progress-line.ts';

/** How often a line is written where there is no terminal, in milliseconds. */
const lineMs = 1000;

/** What a {@link Progress} is shown with. */
export interface ProgressOptions {
  /** Where it is shown: a bar on a terminal, elsewhere a line a second. */
  readonly stream: Writable;
  /** Writes such a line. */
  note(message: string): void;
  /** Shows nothing. Default: false. */
  readonly quiet?: boolean | undefined;
  /** Milliseconds of a clock that only goes forward. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Shows how far a long command is: files, bytes, bytes a second, and the time left when it is known how much there is.
 *
 * Begin with {@link Progress.start}; whoever started it ends it with {@link Progress.stop}, whatever happened.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  readonly #began: number;
  readonly #label: string;
  #counts: ProgressCounts = { files: 0, bytes: 0 };
  #total: ProgressCounts | undefined;
  #bar: SingleBar | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(label: string, options: ProgressOptions) {
    this.#label = label;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#began = this.#now();
  }

  /** Shows it from now on. @param label What is done, such as `copying`. */
  static async start(label: string, options: ProgressOptions): Promise<Progress> {
    const progress = new Progress(label, options);
    if (options.quiet !== true) {
      await progress.#show();
    }
    return progress;
  }

  /** Whether anybody sees it: only then it is worth finding out how much there is. */
  get isShown(): boolean {
    return this.#bar !== undefined || this.#timer !== undefined;
  }

  /** Says how much is done. */
  update(counts: ProgressCounts): void {
    this.#counts = counts;
  }

  /** Says how much there is to do. */
  setTotal(total: ProgressCounts): void {
    this.#total = total;
  }

  /** Writes a line for people that is none of the progress; a bar makes room for it. */
  note(message: string): void {
    if (this.#bar !== undefined) {
      this.#options.stream.write('\r\u001b[K');
    }
    this.#options.note(message);
  }

  /** Ends it; a bar is removed. More than once is no error. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #show(): Promise<void> {
    const { stream, note } = this.#options;
    if (!isTerminal(stream)) {
      this.#timer = setInterval(() => note(`[progress] ${this.#line()}`), lineMs);
      return;
    }
    const { SingleBar } = await import('cli-progress');
    this.#bar = new SingleBar({
      stream,
      format: (_options, { maxWidth }) => this.#line(maxWidth),
      clearOnComplete: true,
      // A process that is killed could not show it again.
      hideCursor: false,
      linewrap: true,
      gracefulExit: false,
    });
    this.#bar.start(1, 0);
  }

  #line(columns?: number): string {
    const state: ProgressState = { label: this.#label, elapsedMs: this.#now() - this.#began, done: this.#counts, total: this.#total };
    return progressLine(state, columns);
  }
}
