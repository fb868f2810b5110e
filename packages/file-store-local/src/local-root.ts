import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { FileStoreError } from '@oh/file-store-core';
import { linkError, lstatIfPresent } from './local-file.ts';

/** The directory under the root that holds files which are not visible yet, and directories that are being deleted. */
export const temporaryDirectoryName = '.oh-tmp';

/** What Windows cannot have in a name. @see https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const reservedOnWindows = /[<>:"|?*\\]|[. ]$|^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** Where the files of a store are on the disk. */
export class LocalRoot {
  /** Absolute path of the root. */
  readonly directory: string;
  /** Absolute path of the directory for temporary files. */
  readonly temporaryDirectory: string;
  readonly #isWindows: boolean;

  constructor(root: string, platform: NodeJS.Platform = process.platform) {
    if (typeof root !== 'string' || root === '') {
      throw new TypeError('root is the path of a directory');
    }
    this.directory = resolve(/^~(?=$|[/\\])/.test(root) ? homedir() + root.slice(1) : root);
    this.temporaryDirectory = join(this.directory, temporaryDirectoryName);
    this.#isWindows = platform === 'win32';
  }

  /**
   * The absolute path of a normalised path, after a look at every directory on the way: none may be a symbolic link.
   *
   * @throws {FileStoreError} `invalid-path` for what the platform cannot hold or the store reserves; `permission-denied` for a link.
   */
  locate(path: string): string {
    const segments = path.split('/');
    this.#checkNames(path, segments);
    this.#checkDirectories(path, segments.slice(0, -1));
    return join(this.directory, ...segments);
  }

  /** As {@link locate} for a directory, which may be no link either. */
  locateDirectory(path: string): string {
    const segments = path === '' ? [] : path.split('/');
    this.#checkNames(path, segments);
    this.#checkDirectories(path, segments);
    return join(this.directory, ...segments);
  }

  /** Checks that the directory for temporary files is no link. @returns Whether it is there. */
  checkTemporaryDirectory(path: string): boolean {
    return this.#checkDirectory(path, this.temporaryDirectory);
  }

  /** The directories from that of `absolute` up to the root, which is not among them. */
  *parentsOf(absolute: string): Generator<string, void, undefined> {
    for (let directory = dirname(absolute); directory.length > this.directory.length; directory = dirname(directory)) {
      yield directory;
    }
  }

  #checkDirectories(path: string, segments: readonly string[]): void {
    let directory = this.directory;
    for (const segment of segments) {
      directory = join(directory, segment);
      if (!this.#checkDirectory(path, directory)) {
        return;
      }
    }
  }

  /** @returns Whether something is there. */
  #checkDirectory(path: string, directory: string): boolean {
    const stats = lstatIfPresent(directory);
    if (stats?.isSymbolicLink() === true) {
      throw linkError(path, directory);
    }
    return stats !== undefined;
  }

  #checkNames(path: string, segments: readonly string[]): void {
    if (segments.includes(temporaryDirectoryName)) {
      throw new FileStoreError(
        'invalid-path',
        `${JSON.stringify(path)} has a segment ${temporaryDirectoryName}, which the local store reserves`,
        {
          path,
        },
      );
    }
    if (this.#isWindows && segments.some((segment) => reservedOnWindows.test(segment))) {
      throw new FileStoreError('invalid-path', `${JSON.stringify(path)} has a name that Windows cannot hold`, { path });
    }
  }
}
