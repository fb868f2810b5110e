import { type ConversationMetadata, FileConversationStore, maxSearchLimit } from '@oh/conversation-store';
import { FileEventStore, importEvents } from '@oh/event-store';
import { hasErrorCode, homeLayout, sessionsLayout } from '@oh/file-store-core';
import { FileCopier } from '../transfer/copy-file.ts';
import { listFiles } from '../transfer/list-files.ts';
import { eventBundle } from './event-bundle.ts';
import { importEventLog } from './import-event-log.ts';
import type { ImportParts } from './import-parts.ts';
import { importRecord } from './import-record.ts';

/** What is read through the stores, or made anew: the record, the events, and OpenHands' cache of them. */
const owned = /^(metadata\.json$|events\/|event_cache\/)/;

/** Imports the conversations of OpenHands' own server, `sessions/`, with their events and what else lies in their directories. */
export async function importConversations(parts: ImportParts): Promise<void> {
  const { from, report, signal } = parts;
  const store = new FileConversationStore({ files: from, layout: sessionsLayout });
  try {
    let pageId: string | null = null;
    do {
      const page = await store.search({ pageId, limit: maxSearchLimit, refresh: pageId === null, signal });
      for (const { error } of page.unreadable) {
        report.damaged('conversations', error);
      }
      for (const record of page.results) {
        await report.attempt('conversations', `the conversation ${JSON.stringify(record.conversation_id)}`, signal, () =>
          importConversation(record, parts),
        );
      }
      pageId = page.next_page_id;
    } while (pageId !== null);
  } finally {
    await store.close();
  }
}

async function importConversation(record: ConversationMetadata, parts: ImportParts): Promise<void> {
  const owner = { conversationId: record.conversation_id, userId: record.user_id || undefined };
  const { from, signal } = parts;
  await importRecord(record, owner.userId, parts);
  const source = new FileEventStore({ files: from, conversationId: owner.conversationId, layout: sessionsLayout, userId: owner.userId });
  try {
    await importEventLog(
      owner,
      parts,
      () => countChunks(eventBundle(source, parts)),
      (target) => importEvents(target, eventBundle(source, parts), { signal }),
    );
  } finally {
    await source.close();
  }
  await importOtherFiles(owner, parts);
}

async function countChunks(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0;
  for await (const _ of chunks) {
    count += 1;
  }
  return count;
}

async function importOtherFiles(
  owner: { readonly conversationId: string; readonly userId: string | undefined },
  parts: ImportParts,
): Promise<void> {
  const { from, to, dryRun, report, signal } = parts;
  const [target = ''] = homeLayout.conversationDirectories(owner.conversationId, owner.userId);
  for (const directory of sessionsLayout.conversationDirectories(owner.conversationId, owner.userId)) {
    const copier = new FileCopier({ store: from, path: directory }, { store: to, path: target });
    for await (const { path } of listFiles({ store: from, path: directory }, { signal })) {
      if (!owned.test(path)) {
        report.add('files', dryRun ? await stateOf(`${target}/${path}`, parts) : await copyIfAbsent(copier, path, signal));
      }
    }
  }
}

async function stateOf(path: string, { to, signal }: ImportParts): Promise<'new' | 'present'> {
  return (await to.exists(path, { signal })) ? 'present' : 'new';
}

async function copyIfAbsent(copier: FileCopier, path: string, signal: AbortSignal | undefined): Promise<'new' | 'present'> {
  try {
    await copier.copy(path, path, { condition: { ifAbsent: true }, signal });
    return 'new';
  } catch (error) {
    if (hasErrorCode(error, 'already-exists')) {
      return 'present';
    }
    throw error;
  }
}
