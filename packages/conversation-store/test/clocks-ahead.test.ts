import { homeLayout, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { expect, it } from 'vitest';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { newRecord } from './new-record.ts';

const index = homeLayout.conversationIndex();
const noteOfId = `${index}/ids/new`;

/** A clock two hours ahead. */
function ahead(): Date {
  return new Date(Date.now() + 2 * 3_600_000);
}

async function listed(files: MemoryFileStore): Promise<readonly string[]> {
  const { results } = await new FileConversationStore({ files }).search();
  return results.map(({ conversation_id }) => conversation_id).sort();
}

/** A store with a conversation and an index. */
async function withOne(): Promise<MemoryFileStore> {
  const files = new MemoryFileStore();
  await new FileConversationStore({ files }).saveMetadata(newRecord('old'));
  expect(await listed(files)).toEqual(['old']);
  return files;
}

it('lists a conversation whose marker a clock that is ahead removes before its id is noted', async () => {
  const files = await withOne();
  const saving = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && path === noteOfId) {
      await new FileConversationStore({ files, now: ahead }).search();
    }
  });
  await new FileConversationStore({ files: saving }).saveMetadata(newRecord('new'));
  expect(await listed(files)).toEqual(['new', 'old']);
});

it('lists a conversation whose marker a clock that is ahead removes when it is saved', async () => {
  const files = await withOne();
  const [mayRemove, isRemoving] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const removing = interceptFileStore(files, async (operation, path) => {
    if (operation === 'delete' && String(path).startsWith(`${index}/created/`)) {
      isRemoving.resolve();
      await mayRemove.promise;
    }
  });
  let searching: Promise<unknown> | undefined;
  const saving = interceptFileStore(files, async (operation, path) => {
    if (operation === 'write' && path === noteOfId) {
      searching ??= new FileConversationStore({ files: removing, now: ahead }).search();
      await isRemoving.promise;
    }
  });
  await new FileConversationStore({ files: saving }).saveMetadata(newRecord('new'));
  mayRemove.resolve();
  await searching;
  expect(await listed(files)).toEqual(['new', 'old']);
});
