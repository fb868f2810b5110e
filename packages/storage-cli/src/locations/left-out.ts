import type { Location } from './location.ts';

/** What lies below a location and is in no listing, as far as listings have met it: symbolic links, special files, and names that no path can have. */
export class LeftOut {
  readonly #all: ReadonlySet<string>;
  readonly #prefix: string;

  constructor({ leftOut = new Set(), path }: Pick<Location, 'leftOut' | 'path'>) {
    this.#all = leftOut;
    this.#prefix = path === '' ? '' : `${path}/`;
  }

  /** From the location, in order. */
  get paths(): readonly string[] {
    const inside = [...this.#all].filter((path) => path.startsWith(this.#prefix));
    return inside.map((path) => path.slice(this.#prefix.length)).sort();
  }

  /** Whether a path, from the location, is one of them, or lies below one. */
  covers(path: string): boolean {
    const segments = path.split('/');
    return segments.some((_, index) => this.#all.has(`${this.#prefix}${segments.slice(0, index + 1).join('/')}`));
  }
}
