import { FileStoreError } from '@oh/file-store-core';

/** Loads the SQLite of Node, without the warning of Node 22 that it is experimental. @throws {FileStoreError} `unsupported`. */
export function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (sqlite === undefined) {
      throw new FileStoreError('unsupported', 'this runtime has no node:sqlite, without which the database of OpenHands cannot be read');
    }
    return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
}
