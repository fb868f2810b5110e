import type { KillMessage } from './kill-message.ts';

/** One mistake shows again and again; so many faults are printed, and all are counted. */
const maxPrintedFaults = 20;

/** What all workers said, and what was wrong. */
export class KillLedger {
  /** How many messages of each kind came. */
  readonly counts: Record<KillMessage['kind'], number> = { wrote: 0, won: 0, counted: 0, read: 0, fault: 0 };
  /** The newest acknowledged sequence of each file. */
  readonly #sequences = new Map<string, number>();
  /** Who created each file. */
  readonly winners: Map<string, string> = new Map();
  /** The acknowledged values of the counter: no two increments may have the same. */
  readonly values: Set<number> = new Set();
  /** How many increments gave a value that another had given already. */
  lostIncrements = 0;

  /** Writes down a message. */
  add({ kind, path, value }: KillMessage): void {
    this.counts[kind] += 1;
    if (kind === 'wrote') {
      this.#sequences.set(path, Math.max(this.acknowledged(path), Number(value)));
    } else if (kind === 'won') {
      this.#addWinner(path, value);
    } else if (kind === 'counted') {
      this.#addValue(Number(value));
    } else if (kind === 'fault' && this.counts.fault <= maxPrintedFaults) {
      console.error(`fault: ${path}: ${value}`);
    }
  }

  /** Writes down something that must not be. */
  addFault(path: string, value: string): void {
    this.add({ kind: 'fault', path, value });
  }

  /** The newest acknowledged sequence of a file; 0 for none. */
  acknowledged(path: string): number {
    return this.#sequences.get(path) ?? 0;
  }

  #addWinner(path: string, author: string): void {
    const other = this.winners.get(path);
    if (other !== undefined) {
      this.addFault(path, `was created by ${other} and by ${author}`);
    }
    this.winners.set(path, author);
  }

  #addValue(value: number): void {
    if (this.values.has(value)) {
      this.lostIncrements += 1;
    }
    this.values.add(value);
  }
}
