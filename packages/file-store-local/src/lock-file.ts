import { accessSync, type BigIntStats, closeSync, constants, linkSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { FileStoreError, isError } from '@oh/file-store-core';
import { closeQuietly, setMode } from './descriptors.ts';
import type { HeldDirectory } from './held-directory.ts';
import { errnoOf } from './local-error.ts';
import { stampTime } from './local-version.ts';

/** SQLite's result code for a lock that somebody else has. @see https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5;

/** SQLite's result code for a change of a database that it opened for reading alone. @see https://www.sqlite.org/rescode.html#readonly */
const sqliteReadOnly = 8;

/** Has two rows: a reader who takes one of them is in the midst of reading. */
const twoRows = 'SELECT count(*) FROM sqlite_schema UNION ALL SELECT 0';

/**
 * A lock between processes that the kernel releases when its holder dies: the lock of the writer of an empty SQLite database.
 *
 * Node has no call for file locks, but it has SQLite, which takes them with `fcntl` or `LockFileEx`; nothing is ever written. Whoever holds the
 * lock may remove the file, so that after locking it is checked that the file locked is still the one with the name. The file is only
 * ever opened by SQLite: closing any other descriptor of it would release the locks of this process.
 */
export class LockFile {
  readonly #absolute: string;
  readonly #database: DatabaseSync;
  readonly #identity: Identity;
  readonly #begin: StatementSync;
  readonly #rollback: StatementSync;
  /** Keeps the reader's lock, which excludes nobody: with it the writer's lock takes three calls of the system, and eleven without. */
  readonly #reading: Iterator<unknown>;
  #isWritable = false;

  private constructor(absolute: string, database: DatabaseSync, identity: Identity) {
    this.#absolute = absolute;
    this.#database = database;
    this.#identity = identity;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#rollback = database.prepare('ROLLBACK');
    this.#reading = database.prepare(twoRows).iterate();
    this.#reading.next();
  }

  /**
   * Opens the file, making it when it is missing.
   *
   * @param newName A name in the directory that nobody has.
   * @param mode Permissions of a file that is made, whatever the umask: who may write here must be able to take the lock.
   * @returns As {@link open}.
   */
  static openOrMake(directory: HeldDirectory, name: string, newName: string, mode: number): LockFile | undefined {
    makeIfMissing(directory.entry(name), directory.entry(newName), mode);
    return LockFile.open(directory, name);
  }

  /** @returns `undefined` when somebody is at it, or when it is missing or was replaced meanwhile: try again. */
  static open(directory: HeldDirectory, name: string): LockFile | undefined {
    const absolute = join(directory.absolute, name);
    const identity = identityOf(absolute);
    if (identity === undefined) {
      return undefined;
    }
    const database = openDatabase(absolute, identity);
    let file: LockFile | undefined;
    try {
      // In its default mode every lock would make and remove a journal beside the file.
      if (
        database !== undefined &&
        tryExecute(() => database.exec('PRAGMA journal_mode = MEMORY')) &&
        isSame(identityOf(absolute), identity)
      ) {
        file = new LockFile(absolute, database, identity);
      }
      return file;
    } finally {
      if (file === undefined) {
        database?.close();
      }
    }
  }

  /**
   * @returns `busy` while somebody else has it; `replaced` when it is to be opened anew, as it is no longer the file that was opened.
   * @throws When it cannot be told; it may be locked then, and is to be closed.
   */
  tryLock(): 'locked' | 'busy' | 'replaced' {
    try {
      if (!tryExecute(() => this.#begin.get())) {
        return 'busy';
      }
    } catch (error) {
      if (!this.#isCurrent()) {
        return 'replaced';
      }
      throw error;
    }
    if (this.#excludesOthers() && this.#isCurrent()) {
      return 'locked';
    }
    this.unlock();
    return 'replaced';
  }

  unlock(): void {
    this.#rollback.get();
  }

  /** Removes the file: while it is locked, or where nobody takes the lock who would have to exclude others. @param directory The one it is in. */
  remove(directory: HeldDirectory): void {
    try {
      unlinkSync(directory.entry(basename(this.#absolute)));
    } catch {
      // Removed by somebody already, or in use where that forbids it (Windows): the next store copes with both.
    }
  }

  close(): void {
    this.#database.close();
  }

  /**
   * SQLite opens a file for reading alone where it may not, or for the moment cannot, open it for writing, and does not say so. What it locks then
   * is a reader's lock, which a change that is never committed tells from a writer's.
   *
   * @throws The system's own error where the file may not be written.
   */
  #excludesOthers(): boolean {
    if (!this.#isWritable) {
      this.#isWritable = tryExecute(() => this.#database.exec('PRAGMA user_version = 1'), sqliteReadOnly);
      if (!this.#isWritable) {
        accessSync(this.#absolute, constants.R_OK | constants.W_OK);
      }
    }
    return this.#isWritable;
  }

  #isCurrent(): boolean {
    return isSame(identityOf(this.#absolute), this.#identity);
  }
}

/** Longest path in bytes that SQLite opens with the name of its journal: `MAX_PATHNAME` of its `os_unix.c`, without `-journal`. */
const maxDatabasePath = 504;

/** @returns `undefined` when the file is missing, or another one than before. @throws The system's own error where it may not be opened, since SQLite does not tell why. */
function openDatabase(absolute: string, identity: Identity): DatabaseSync | undefined {
  const { DatabaseSync } = loadSqlite();
  const url = pathToFileURL(absolute);
  // Never to be made by SQLite, which would follow a link to where it is to be.
  url.searchParams.set('mode', 'rw');
  try {
    return new DatabaseSync(url);
  } catch (error) {
    if (!isSame(identityOf(absolute), identity)) {
      return undefined;
    }
    accessSync(absolute, constants.R_OK | constants.W_OK);
    // Its directory takes a descriptor too, and no lock of this process is lost by closing that.
    closeQuietly(openSync(dirname(absolute), constants.O_RDONLY));
    if (Buffer.byteLength(absolute) > maxDatabasePath) {
      const message = `changes cannot be locked between processes: ${JSON.stringify(absolute)} is too long a path for SQLite; use a shorter root`;
      throw new FileStoreError('unsupported', message, { cause: error });
    }
    throw error;
  }
}

/** @returns Whether it could be done; not where SQLite answers with `refusal`. */
function tryExecute(execute: () => unknown, refusal = sqliteBusy): boolean {
  try {
    execute();
    return true;
  } catch (error) {
    if (isError(error) && 'errcode' in error && error.errcode === refusal) {
      return false;
    }
    throw error;
  }
}

/** The file gets its name when it is complete and closed: closing it later would release the lock that another thread of this process has on it. */
function makeIfMissing(entry: string, newEntry: string, mode: number): void {
  if (lstatSync(entry, { throwIfNoEntry: false }) !== undefined) {
    return;
  }
  const fd = openSync(newEntry, 'wx', mode);
  try {
    try {
      setMode(fd, mode);
      stampTime(fd);
    } finally {
      closeSync(fd);
    }
    linkIfMissing(newEntry, entry);
  } finally {
    unlinkSync(newEntry);
  }
}

/** How systems say that a file system has no hard links, of a file that the caller has just made. @see https://man7.org/linux/man-pages/man2/link.2.html */
const linklessErrnos: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Gives a file a second name, unless there is one with that name.
 *
 * @param link The system call.
 * @throws {FileStoreError} `unsupported` where the file system has no hard links.
 */
export function linkIfMissing(existing: string, entry: string, link: typeof linkSync = linkSync): void {
  try {
    link(existing, entry);
  } catch (error) {
    const errno = errnoOf(error);
    if (linklessErrnos.has(errno)) {
      const message = `files cannot be given a name in one step: the file system of the root has no hard links (${errno}); use a root on another one`;
      throw new FileStoreError('unsupported', message, { cause: error });
    }
    if (errno !== 'EEXIST') {
      throw error;
    }
  }
}

/** What tells a file from every other one that had its name. */
type Identity = Pick<BigIntStats, 'dev' | 'ino' | 'mtimeNs'>;

function isSame(a: Identity | undefined, b: Identity): boolean {
  return a !== undefined && a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.dev === b.dev;
}

/** @returns `undefined` when it is missing. @throws {FileStoreError} `permission-denied` when it is no file. */
function identityOf(absolute: string): Identity | undefined {
  const stats: BigIntStats | undefined = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (stats?.isFile() === false) {
    throw new FileStoreError('permission-denied', `${JSON.stringify(absolute)} should be a lock of the store and is no file; remove it`);
  }
  return stats;
}

/** Node 22 warns that its SQLite is experimental; what is used here is the lock alone. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (sqlite === undefined) {
      throw new FileStoreError('unsupported', 'this runtime has no node:sqlite, without which changes cannot be locked between processes');
    }
    return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
}
