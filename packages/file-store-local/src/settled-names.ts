import type { BigIntStats } from 'node:fs';

/** Files whose names are remembered at most. */
const maxNames = 1_000;

/** Names that are durable, of files that this store was the last to change: until somebody else changes one, its directory needs no fsync for it again. */
export class SettledNames {
  readonly #files = new Map<string, BigIntStats>();

  /**
   * Whether the name is known to be durable.
   *
   * @param target The file's absolute path.
   * @param current What the system knows of the file now.
   */
  has(target: string, current: BigIntStats | undefined): boolean {
    const settled = this.#files.get(target);
    return settled !== undefined && settled.ino === current?.ino && settled.size === current.size && settled.mtimeNs === current.mtimeNs;
  }

  /** Remembers a file whose name is durable, as this store has left it. */
  remember(target: string, stats: BigIntStats): void {
    this.#files.delete(target);
    this.#files.set(target, stats);
    const [oldest] = this.#files.keys();
    if (this.#files.size > maxNames && oldest !== undefined) {
      this.#files.delete(oldest);
    }
  }
}
