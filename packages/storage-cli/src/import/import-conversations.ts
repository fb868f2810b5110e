import type { ConversationMetadata } from '@oh/conversation-store';
import { FileEventStore, importEvents } from '@oh/event-store';
import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { FileCopier } from '../transfer/copy-file.ts';
import { listFiles } from '../transfer/list-files.ts';
import { eventBundle } from './event-bundle.ts';
import { findWithoutRecord } from './find-without-record.ts';
import { type EventOwner, importEventLog } from './import-event-log.ts';
import type { ImportParts } from './import-parts.ts';
import { importRecord } from './import-record.ts';
import { readConversations } from './read-conversations.ts';

/** What is read through the stores, or made anew: the record, the events, and OpenHands' cache of them. */
const owned = /^(metadata\.json$|events\.json$|events\/|event_cache\/)/;

/** Imports all conversations, with their events and what else lies in their directories. @param users Whose, where each has a tree of its own. */
export async function importConversations(users: readonly (string | undefined)[], parts: ImportParts): Promise<void> {
  const { report, signal } = parts;
  const known = new Set<string>();
  const onUnreadable = (error: FileStoreError, conversationId: string): void => {
    known.add(conversationId);
    report.damaged('conversations', error);
  };
  for await (const { record, owner } of readConversations(users, parts, onUnreadable)) {
    known.add(owner.conversationId);
    await report.attempt('conversations', `the conversation ${JSON.stringify(owner.conversationId)}`, signal, () =>
      importConversation(record, owner, parts),
    );
  }
  for await (const path of findWithoutRecord(users, known, parts)) {
    const message = `${JSON.stringify(path)} has no record of a conversation, and is left behind with its events`;
    report.damaged('conversations', new FileStoreError('corrupt', message, { path }));
  }
}

async function importConversation(record: ConversationMetadata, owner: EventOwner, parts: ImportParts): Promise<void> {
  const { from, fromLayout, signal } = parts;
  await importRecord(record, owner.userId, parts);
  const source = new FileEventStore({ files: from, layout: fromLayout, ...owner });
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

async function importOtherFiles({ conversationId, userId }: EventOwner, parts: ImportParts): Promise<void> {
  const { from, fromLayout, to, toLayout, dryRun, report, signal } = parts;
  const target = toLayout.conversationDirectories(conversationId, userId).at(-1) ?? '';
  for (const directory of fromLayout.conversationDirectories(conversationId, userId)) {
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
