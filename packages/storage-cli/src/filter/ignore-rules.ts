import { Minimatch } from 'minimatch';
import { withoutClasses } from './character-classes.ts';

/** One line. */
interface IgnoreRule {
  /** Whether it makes an exception. */
  readonly isException: boolean;
  /** Whether it matches directories alone. */
  readonly isForDirectories: boolean;
  /** Whether it is matched with the last segment of a path alone. */
  readonly isForNames: boolean;
  readonly glob: Minimatch;
}

/** The lines of a `.gitignore` at the root of a tree: the last one that matches decides, and what lies in a directory that matches does so too. @see https://git-scm.com/docs/gitignore */
export class IgnoreRules {
  readonly #rules: readonly IgnoreRule[];
  /** The directory that was asked for last: files come in the order of a listing. */
  #last = { directory: '', isMatched: false };

  /** @throws {TypeError} For a line that is too long. */
  constructor(lines: readonly string[]) {
    this.#rules = lines.map(toRule);
  }

  /** Whether a file matches, or a directory that it lies in. */
  matchesFile(path: string): boolean {
    return this.matchesDirectory(parentOf(path)) || this.#decide(path, false);
  }

  /** Whether a directory matches, and thereby all that is in it. */
  matchesDirectory(path: string): boolean {
    if (path === '') {
      return false;
    }
    if (path !== this.#last.directory) {
      this.#last = { directory: path, isMatched: this.matchesDirectory(parentOf(path)) || this.#decide(path, true) };
    }
    return this.#last.isMatched;
  }

  #decide(path: string, isDirectory: boolean): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const rule = this.#rules.findLast(
      ({ glob, isForDirectories, isForNames }) => (isDirectory || !isForDirectories) && glob.match(isForNames ? name : path),
    );
    return rule?.isException === false;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function toRule(line: string): IgnoreRule {
  const isException = line.startsWith('!');
  const text = withoutTrailingSpaces(line).slice(isException ? 1 : 0);
  const isForDirectories = text.endsWith('/');
  const pattern = isForDirectories ? text.slice(0, -1) : text;
  // A slash at the beginning or in the middle ties it to the root.
  const isForNames = !pattern.includes('/');
  const options = { dot: true, nobrace: true, noext: true, nocomment: true, nonegate: true, platform: 'linux' } as const;
  return { isException, isForDirectories, isForNames, glob: new Minimatch(withoutClasses(pattern.replace(/^\//, '')), options) };
}

/** One after a `\` stays. */
function withoutTrailingSpaces(line: string): string {
  return line.replace(/(?<=(?:^|[^\\])(?:\\\\)*) +$/, '');
}
