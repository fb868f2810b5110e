import { ChildLines } from './child-lines.ts';

/** One of the processes: killed, and started again. */
export class KillSlot {
  /** Each time it ended by itself, which it never should: why. */
  readonly faults: string[] = [];
  readonly #program: URL;
  readonly #number: number;
  readonly #root: string;
  readonly #logs: string;
  readonly #seed: number;
  #child: ChildLines | undefined;
  #starts = 0;
  #isWorking = false;

  /**
   * @param program `kill-worker.ts`, or what was made of it.
   * @param logs The directory for what it writes down.
   */
  constructor(program: URL, number: number, root: string, logs: string, seed: number) {
    this.#program = program;
    this.#number = number;
    this.#root = root;
    this.#logs = logs;
    this.#seed = seed;
  }

  /** Whether it has done something since it was started, so that a kill meets it at work. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** Starts it, after the last one was killed. */
  start(): void {
    this.#starts += 1;
    const args = [this.#root, this.#logs, this.#number, this.#starts, this.#seed + this.#starts].map(String);
    const child = new ChildLines(this.#program, args, () => {
      // What is still read of a killed process does not make it alive again.
      this.#isWorking ||= child === this.#child;
    });
    this.#child = child;
  }

  /** Kills it. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#isWorking = false;
    if (child?.hasFailed === true) {
      this.faults.push(`process ${this.#number} ended by itself: ${child.errors}`);
    }
    await child?.kill();
  }
}
