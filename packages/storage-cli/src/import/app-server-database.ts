import { type Stats, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { FileStoreError, isError } from '@oh/file-store-core';
import { toSqliteError } from './sqlite-error.ts';

/** A row as SQLite has it, by column; integers are bigints. */
export type AppServerRow = Readonly<Record<string, string | number | bigint | Uint8Array | null>>;

/** For how long a writer is waited for. */
const busyTimeoutMs = 5_000;

/**
 * The conversations in the database of OpenHands 1.x, `openhands.db`, which is never written.
 *
 * All rows are copied to a temporary table of this connection in one short transaction: so they are of one moment, and its server,
 * which a reader keeps from writing, need not wait while they are worked on. They are not held in memory.
 */
export class AppServerDatabase {
  /** Where it lies. */
  readonly path: string;
  /** The declared types of the columns by name, such as `DATETIME`; which there are depends on the version that made it. */
  readonly columns: ReadonlyMap<string, string>;
  readonly #database: DatabaseSync;

  /** @throws {FileStoreError} `not-found`; `invalid-argument` for a directory; `corrupt` when it is no database, or has no such table; `unavailable` while its server writes; `permission-denied`; `unsupported` on a runtime without SQLite. */
  constructor(path: string) {
    this.path = path;
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (sqlite === undefined) {
      throw new FileStoreError('unsupported', 'this runtime has no node:sqlite, without which the database of OpenHands cannot be read');
    }
    this.#database = reading(path, () => new sqlite.DatabaseSync(existing(path), { readOnly: true, timeout: busyTimeoutMs }));
    try {
      this.columns = reading(path, () => this.#copyRows());
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** All conversations, of the moment when it was opened. */
  *rows(): Generator<AppServerRow, void, undefined> {
    const select = this.#database.prepare('SELECT * FROM temp.conversations');
    select.setReadBigInts(true);
    const rows = select.iterate();
    for (let next = reading(this.path, () => rows.next()); next.done !== true; next = reading(this.path, () => rows.next())) {
      yield next.value as AppServerRow;
    }
  }

  /** Whether there is a conversation of one of these ids now. @throws {FileStoreError} As the constructor. */
  has(...ids: readonly string[]): boolean {
    const places = ids.map(() => '?').join(', ');
    const select = `SELECT 1 FROM main.conversation_metadata WHERE conversation_id IN (${places})`;
    return reading(this.path, () => this.#database.prepare(select).get(...ids)) !== undefined;
  }

  close(): void {
    this.#database.close();
  }

  #copyRows(): ReadonlyMap<string, string> {
    this.#database.exec('BEGIN');
    const columns = this.#database.prepare("SELECT name, type FROM pragma_table_info('conversation_metadata', 'main')").all();
    const types = new Map(columns.map(({ name, type }) => [String(name), String(type).toUpperCase()]));
    if (!types.has('conversation_id')) {
      const what = `the database ${JSON.stringify(this.path)} has no conversations of OpenHands 1.x: a table conversation_metadata`;
      throw new FileStoreError('corrupt', `${what} with conversation_id is missing`, { path: this.path });
    }
    this.#database.exec('CREATE TEMP TABLE conversations AS SELECT * FROM main.conversation_metadata; COMMIT');
    return types;
  }
}

/** SQLite says the same of a file that is missing and of one that may not be read, and of a directory that a disk fails. */
function existing(path: string): string {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    const isMissing = isError(error) && (error as NodeJS.ErrnoException).code === 'ENOENT';
    const what = `the database ${JSON.stringify(path)} ${isMissing ? 'does not exist' : 'cannot be reached'}`;
    throw new FileStoreError(isMissing ? 'not-found' : 'permission-denied', what, { path, cause: error });
  }
  if (found.isDirectory()) {
    throw new FileStoreError('invalid-argument', `${JSON.stringify(path)} is a directory; give the path of the database in it`, { path });
  }
  return path;
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw toSqliteError(error, path);
  }
}
