import { FileStoreError } from '@oh/file-store-core';
import { AppServerDatabase, type AppServerRow } from './app-server-database.ts';
import { toConversationId, toRecord } from './app-server-record.ts';
import { type EventDirectory, findEventDirectories } from './find-event-directories.ts';
import { importAppServerEvents } from './import-app-server-events.ts';
import { importEventLog } from './import-event-log.ts';
import type { ImportParts } from './import-parts.ts';
import { importRecord } from './import-record.ts';

/** The name of the database of OpenHands 1.x in its data folder. */
export const appServerDatabase = 'openhands.db';

/** Imports the conversations of OpenHands 1.x itself: records of its database, with their events, a file each. */
export async function importAppServer(parts: ImportParts): Promise<void> {
  const { database: path, report, signal } = parts;
  await report.attempt('conversations', 'the conversations of OpenHands 1.x', signal, async () => {
    // Before the directories: a conversation is recorded before its events are.
    const database = path === undefined ? undefined : new AppServerDatabase(path);
    try {
      const directories = await findEventDirectories(parts.from, { signal });
      if (database !== undefined) {
        await importRows(database, directories, parts);
      } else if (directories.size > 0) {
        const message = `their records are in a database, ${appServerDatabase}, which is not there; give its path with --database`;
        throw new FileStoreError('not-found', message);
      }
    } finally {
      database?.close();
    }
  });
}

async function importRows(
  database: AppServerDatabase,
  directories: Map<string, readonly EventDirectory[]>,
  parts: ImportParts,
): Promise<void> {
  const { report, signal } = parts;
  for (const row of database.rows()) {
    const id = toConversationId(String(row['conversation_id']));
    const own = directories.get(id) ?? [];
    directories.delete(id);
    await report.attempt('conversations', `the conversation ${JSON.stringify(id)}`, signal, () => importRow(row, database, own, parts));
  }
  for (const [id, own] of directories) {
    // It may have been made since the rows were read.
    if (!database.has(id, withDashes(id))) {
      const path = own[0]?.path ?? id;
      const message = `${JSON.stringify(path)} has no record of a conversation, and is left behind with its events`;
      report.damaged('conversations', new FileStoreError('corrupt', message, { path }));
    }
  }
}

async function importRow(
  row: AppServerRow,
  database: AppServerDatabase,
  own: readonly EventDirectory[],
  parts: ImportParts,
): Promise<void> {
  const record = toRecord(row, database);
  const userId = record.user_id || own.find((directory) => directory.userId !== undefined)?.userId;
  await importRecord({ ...record, user_id: userId ?? null }, userId, parts);
  const copy = (target: Parameters<typeof importAppServerEvents>[0]): Promise<number> => importAppServerEvents(target, own, parts);
  await importEventLog({ conversationId: record.conversation_id, userId }, parts, copy, copy);
}

function withDashes(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
