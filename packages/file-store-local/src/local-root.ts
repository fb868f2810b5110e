import { constants, existsSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { FileStoreError } from '@oh/file-store-core';
import { HeldDirectory } from './held-directory.ts';
import { errnoOf } from './local-error.ts';
import { linkError, lstatIfPresent } from './local-file.ts';
import type { Operation } from './operation.ts';
import { isOutOfFiles, retryBusy } from './retry-busy.ts';

/** Names that the store keeps for itself in every directory. */
export const reservedNames = {
  /** Files that are not visible yet, directories that are being deleted, locks. */
  temporary: '.oh-tmp',
  /** Content types and metadata. */
  metadata: '.oh-metadata',
} as const;

const allReservedNames: readonly string[] = Object.values(reservedNames);

/** What Windows cannot have in a name. @see https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const reservedOnWindows = /[<>:"|?*\\]|[. ]$|^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** Opens a directory only to find entries in it, which needs no permission to read it. Not among Node's constants. @see open(2) */
const openPath = 0o10000000;

/** A directory that is about to be opened for all who have asked for it. */
interface Opening {
  users: number;
  readonly directory: Promise<HeldDirectory>;
}

/** Where the files of a store are on the disk, and the only way to them: no symbolic link below the root is ever followed. */
export class LocalRoot {
  /** Absolute path of the root. */
  readonly directory: string;
  /** Absolute path of the directory for temporary files. */
  readonly temporaryDirectory: string;
  /** Absolute path of the directory for content types and metadata. */
  readonly metadataDirectory: string;
  /** What the absolute paths below the root begin with. */
  readonly #prefix: string;
  readonly #isWindows: boolean;
  readonly #isLinux: boolean;
  readonly #opening = new Map<string, Opening>();

  constructor(root: string, platform: NodeJS.Platform = process.platform) {
    if (typeof root !== 'string' || root === '') {
      throw new TypeError('root is the path of a directory');
    }
    this.directory = resolve(/^~(?=$|[/\\])/.test(root) ? findHome() + root.slice(1) : root);
    this.#prefix = this.directory.endsWith(sep) ? this.directory : this.directory + sep;
    this.temporaryDirectory = join(this.directory, reservedNames.temporary);
    this.metadataDirectory = join(this.directory, reservedNames.metadata);
    this.#isWindows = platform === 'win32';
    this.#isLinux = platform === 'linux';
  }

  /**
   * The absolute path of a normalised path; nothing is looked at.
   *
   * @throws {FileStoreError} `invalid-path` for what the platform cannot hold or the store reserves.
   */
  locate(path: string): string {
    const segments = path.split('/');
    this.#checkNames(path, segments);
    return path === '' ? this.directory : this.#prefix + (sep === '/' ? path : segments.join(sep));
  }

  /** Whether the name is one that the store keeps for itself, in whatever case: on every system there are file systems that ignore it. */
  isReserved(name: string): boolean {
    return name.startsWith('.') && allReservedNames.includes(name.toLowerCase());
  }

  /** The same for two paths that may be one to a file system that ignores case, and Unicode's forms of one character. */
  keyOf(path: string): string {
    // Either change alone leaves pairs that file systems take for one: ς and σ, ẞ and ß.
    return path.normalize('NFD').toLowerCase().toUpperCase();
  }

  /** The directories from that of `absolute` up to the root, which is not among them. */
  *parentsOf(absolute: string): Generator<string, void, undefined> {
    for (let directory = dirname(absolute); this.#isBelow(directory); directory = dirname(directory)) {
      yield directory;
    }
  }

  /**
   * Does something in a directory, which no link leads to: on Linux also when another program swaps a directory on the way for a link meanwhile.
   *
   * @throws {FileStoreError} `permission-denied` for a link; the system's own `ENOENT` or `ENOTDIR` where no directory is.
   */
  async within<T>(absolute: string, operation: Operation, action: (directory: HeldDirectory) => T | Promise<T>): Promise<T> {
    const directory = await this.#holdTogether(absolute, operation);
    try {
      return await action(directory);
    } catch (error) {
      throw directory.explain(error);
    } finally {
      directory.release();
    }
  }

  /** As {@link within} for one entry of a directory: `action` gets the path for system calls, which may follow no link there either. */
  reach<T>(absolute: string, operation: Operation, action: (entry: string) => T | Promise<T>): Promise<T> {
    return this.within(dirname(absolute), operation, (directory) => action(directory.entry(basename(absolute))));
  }

  /** Callers of the same moment get one directory, which is opened when all of them have asked; it is closed after the last of them. */
  async #holdTogether(absolute: string, { path, signal }: Operation): Promise<HeldDirectory> {
    const others = this.#opening.get(absolute);
    try {
      if (others !== undefined) {
        others.users += 1;
        return await others.directory;
      }
      const mine: Opening = { users: 1, directory: Promise.resolve().then(() => this.#open(absolute, path, mine)) };
      this.#opening.set(absolute, mine);
      return await mine.directory;
    } catch (error) {
      // An error names what it was met for.
      if (others === undefined && !isOutOfFiles(error)) {
        throw error;
      }
      return await retryBusy(() => this.#hold(absolute, path), signal);
    }
  }

  #open(absolute: string, path: string, opening: Opening): HeldDirectory {
    this.#opening.delete(absolute);
    return this.#hold(absolute, path).shareAmong(opening.users);
  }

  /** What lies above the root is given by whoever opened the store; links are followed there. */
  #hold(absolute: string, path: string): HeldDirectory {
    if (absolute !== this.directory && !this.#isBelow(absolute)) {
      return new HeldDirectory(absolute);
    }
    const names = absolute.slice(this.directory.length).split(sep).filter(Boolean);
    if (!(this.#isLinux && hasDescriptorPaths())) {
      return this.#check(names, path);
    }
    return (names.length > 0 ? holdDirectly(absolute) : undefined) ?? this.#walk(names, path);
  }

  /** Opens one directory after the other, each from the one before. */
  #walk(names: readonly string[], path: string): HeldDirectory {
    const flags = openPath | constants.O_DIRECTORY;
    let directory = new HeldDirectory(this.directory, openSync(this.directory, flags));
    for (const name of names) {
      const parent = directory;
      const absolute = join(parent.absolute, name);
      try {
        directory = new HeldDirectory(absolute, openSync(parent.entry(name), flags | constants.O_NOFOLLOW));
      } catch (error) {
        throw parent.explain(isLink(parent.entry(name), error) ? linkError(path, absolute) : error);
      } finally {
        parent.release();
      }
    }
    return directory;
  }

  /** Looks at one directory after the other: a link that comes later is not seen. */
  #check(names: readonly string[], path: string): HeldDirectory {
    let absolute = this.directory;
    for (const name of names) {
      absolute = join(absolute, name);
      if (lstatSync(absolute).isSymbolicLink()) {
        throw linkError(path, absolute);
      }
    }
    return new HeldDirectory(absolute);
  }

  #isBelow(absolute: string): boolean {
    return absolute.length > this.directory.length && absolute.startsWith(this.directory);
  }

  #checkNames(path: string, segments: readonly string[]): void {
    const reserved = segments.find((segment) => this.isReserved(segment));
    if (reserved !== undefined) {
      throw new FileStoreError('invalid-path', `${JSON.stringify(path)} has a segment ${reserved}, which the local store reserves`, {
        path,
      });
    }
    if (this.#isWindows && segments.some((segment) => reservedOnWindows.test(segment))) {
      throw new FileStoreError('invalid-path', `${JSON.stringify(path)} has a name that Windows cannot hold`, { path });
    }
  }
}

/**
 * Opens a directory by its whole path, which is right when the kernel names what it has opened by that very path: a link on the way would have led elsewhere.
 *
 * @returns `undefined` when it does not, or nothing was opened: step by step it can be told why.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
 */
function holdDirectly(absolute: string): HeldDirectory | undefined {
  let directory: HeldDirectory | undefined;
  try {
    directory = new HeldDirectory(absolute, openSync(absolute, openPath | constants.O_DIRECTORY | constants.O_NOFOLLOW));
    if (readlinkSync(directory.self) === absolute) {
      return directory;
    }
  } catch {
    // Whatever it is, the walk meets it again.
  }
  directory?.release();
  return undefined;
}

/** Whether opening an entry as a directory failed because it is a link; a failure to look is thrown. */
function isLink(entry: string, error: unknown): boolean {
  const errno = errnoOf(error);
  return (errno === 'ENOTDIR' || errno === 'ELOOP') && lstatIfPresent(entry)?.isSymbolicLink() === true;
}

let descriptorPaths: boolean | undefined;

/** A Linux without /proc is rare, but there are some. */
function hasDescriptorPaths(): boolean {
  descriptorPaths ??= existsSync('/proc/self/fd');
  return descriptorPaths;
}

/** @throws {TypeError} When `HOME` is empty or relative: the directory would be another one. */
function findHome(): string {
  const home = homedir();
  if (!isAbsolute(home)) {
    throw new TypeError('root begins with "~", and the variable HOME is no absolute path');
  }
  return home;
}
