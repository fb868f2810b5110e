import { IgnoreRules } from './ignore-rules.ts';

/** Patterns of the command line, each a line of a `.gitignore`. */
export interface FilterPatterns {
  /** What is left out. Default: nothing. */
  readonly exclude?: readonly string[] | undefined;
  /** What alone is taken. Default: everything. */
  readonly include?: readonly string[] | undefined;
}

/** Which files of a directory are taken: those that an `include` pattern matches, where there are any, and that no `exclude` pattern matches. */
export class PathFilter {
  readonly #exclude: IgnoreRules;
  readonly #include: IgnoreRules | undefined;

  constructor({ exclude = [], include }: FilterPatterns) {
    this.#exclude = new IgnoreRules(exclude);
    this.#include = include && new IgnoreRules(include);
  }

  /** Whether a path from the directory is left out; one that ends in `/` is a directory, and is so when every file in it would be. */
  leavesOut(path: string): boolean {
    if (path.endsWith('/')) {
      // Whatever its own name is, what is in it may be included.
      return this.#exclude.matchesDirectory(path.slice(0, -1));
    }
    return this.#exclude.matchesFile(path) || this.#include?.matchesFile(path) === false;
  }
}
