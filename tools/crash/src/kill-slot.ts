import { ChildLines } from './child-lines.ts';
import { ownPath } from './kill-keys.ts';
import type { KillLedger } from './kill-ledger.ts';
import { parseMessage } from './kill-message.ts';

/** One of the processes: killed, and started again with another author and newer sequences. */
export class KillSlot {
  readonly #number: number;
  readonly #slots: number;
  readonly #root: string;
  readonly #ledger: KillLedger;
  #child: ChildLines | undefined;
  #starts = 0;
  #isWorking = false;
  /** What is still read of a killed process does not make it alive again. */
  #isDying = false;

  constructor(number: number, slots: number, root: string, ledger: KillLedger) {
    this.#number = number;
    this.#slots = slots;
    this.#root = root;
    this.#ledger = ledger;
  }

  /** Whether it has done something since it was started, so that a kill meets it at work. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** Starts it, after the last one was killed. The write that the last kill met may be there although nobody acknowledged it: its sequence is not used again. */
  start(): void {
    this.#starts += 1;
    this.#isDying = false;
    const nextSequence = this.#ledger.acknowledged(ownPath(this.#number)) + 2;
    const args = [this.#root, `${this.#number}.${this.#starts}`, this.#number, this.#slots, nextSequence];
    this.#child = new ChildLines(new URL('./kill-worker.ts', import.meta.url), args.map(String), (line) => {
      this.#isWorking ||= !this.#isDying;
      this.#ledger.add(parseMessage(line));
    });
  }

  /** Kills it; when it resolves all it said is in the ledger. */
  async kill(): Promise<void> {
    this.#isDying = true;
    this.#isWorking = false;
    const child = this.#child;
    if (child?.hasFailed === true) {
      this.#ledger.addFault(`process ${this.#number}`, `ended by itself: ${child.errors}`);
    }
    await child?.kill();
  }
}
