import { FileStoreError, type FileStoreErrorCode } from '@oh/file-store-core';

/** SQLite's result code for a change that a dead writer has left half made. @see https://www.sqlite.org/rescode.html#readonly_rollback */
const readOnlyRollback = 776;

/** The meaning of SQLite's primary result codes. @see https://www.sqlite.org/rescode.html */
const meanings: Readonly<Record<number, readonly [FileStoreErrorCode, string]>> = {
  5: ['unavailable', 'its server is writing to it; run it again'],
  6: ['unavailable', 'its server is writing to it; run it again'],
  11: ['corrupt', 'it is damaged; restore it, or repair a copy of it with .recover of the program sqlite3'],
  26: ['corrupt', 'it is no SQLite database, or encrypted'],
};

/** Result codes of what may not be read, or of a write-ahead log that cannot be used where nothing may be written. */
const refusals: readonly number[] = [3, 8, 14];

/** Files of SQLite beside a database have its name and an ending. */
const copyIt =
  'it may not be read, or its write-ahead log cannot be used in a folder that you may not write; stop its server, copy it and the files beside it whose names begin with its own to a folder of yours, and give the copy with --database';

const finishIt =
  'its server died in the midst of a change, which has to be taken back first; start and stop the server once, or open a copy of it and of its -journal with the program sqlite3 and give the copy with --database';

/** What went wrong with a database that is only read, from an error of `node:sqlite`; other errors stay as they are. */
export function toSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') {
    return error;
  }
  const [code, meaning] = meaningOf(error.errcode) ?? ['unknown', error.message];
  return new FileStoreError(code, `the database ${JSON.stringify(path)} cannot be read: ${meaning}`, { path, cause: error });
}

function meaningOf(errcode: number): readonly [FileStoreErrorCode, string] | undefined {
  if (errcode === readOnlyRollback) {
    return ['permission-denied', finishIt];
  }
  const primary = errcode % 256;
  return refusals.includes(primary) ? ['permission-denied', copyIt] : meanings[primary];
}
