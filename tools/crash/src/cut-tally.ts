import type { OneCutResult } from './one-cut.ts';
import type { Finding } from './protocol.ts';

/** What all cuts of one file system showed. */
export class CutTally {
  readonly #counts: Record<Finding['kind'], number> = { lost: 0, torn: 0, tail: 0 };
  readonly #flags = new Map<number, number>();
  #cuts = 0;
  #acknowledged = 0;
  #temporaryFiles = 0;
  #unsweptFiles = 0;

  add({ flag, acknowledged, findings, temporaryFiles, unsweptFiles }: OneCutResult): void {
    this.#cuts += 1;
    this.#flags.set(flag, (this.#flags.get(flag) ?? 0) + 1);
    this.#acknowledged += acknowledged;
    this.#temporaryFiles += temporaryFiles;
    this.#unsweptFiles += unsweptFiles;
    for (const { kind } of findings) {
      this.#counts[kind] += 1;
    }
  }

  /** How many changes were acknowledged: where there are none, nothing is proved. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How often something acknowledged was gone, or something was there that nobody wrote. */
  get faults(): number {
    return this.#counts.lost + this.#counts.torn;
  }

  /** One line with every figure. */
  toString(): string {
    const { lost, torn, tail } = this.#counts;
    const flags = [...this.#flags].sort().map(([flag, cuts]) => `${flag}: ${cuts}`);
    return (
      `${this.#cuts} cuts (flags ${flags.join(', ')}), ${this.#acknowledged} acknowledged operations, ${lost} lost, ${torn} torn, ` +
      `${tail} unacknowledged tails of appends, ${this.#temporaryFiles} orphaned temporary files (${this.#unsweptFiles} when a store was opened again)`
    );
  }
}
