import type { LeftOutReason } from '@oh/file-store-local';
import type { LeavesOut } from '../filter/read-filter.ts';
import type { Location } from './location.ts';

/** What lies below a location and is in no listing, as far as listings have met it: symbolic links, special files, and names that no path can have. */
export class LeftOut {
  readonly #all: ReadonlyMap<string, LeftOutReason>;
  readonly #prefix: string;
  readonly #ignores: LeavesOut | undefined;

  /** @param ignores What is not asked for, by its path from the location. Default: nothing. */
  constructor({ leftOut = new Map(), path }: Pick<Location, 'leftOut' | 'path'>, ignores?: LeavesOut) {
    this.#all = leftOut;
    this.#prefix = path === '' ? '' : `${path}/`;
    this.#ignores = ignores;
  }

  /** What is asked for and left out for this reason, from the location, in order. */
  pathsOf(reason: LeftOutReason): readonly string[] {
    const inside = [...this.#all].filter(([path, why]) => why === reason && path.startsWith(this.#prefix));
    const paths = inside.map(([path]) => path.slice(this.#prefix.length));
    return paths.filter((path) => this.#ignores?.(path) !== true).sort();
  }

  /** Whether a path, from the location, is one of them, or lies below one. */
  covers(path: string): boolean {
    const segments = path.split('/');
    const above = segments.map((_, index) => `${this.#prefix}${segments.slice(0, index + 1).join('/')}`);
    return above.some((each) => this.#all.has(each) || this.#all.has(`${each}/`));
  }
}
