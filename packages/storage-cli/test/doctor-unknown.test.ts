import { FileConversationStore } from '@oh/conversation-store';
import { homeLayout, MemoryFileStore, type StorageLayout, sessionsLayout } from '@oh/file-store-core';
import { beforeEach, expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { schemeOf } from './scheme-of.ts';

let files: MemoryFileStore;

beforeEach(() => {
  files = new MemoryFileStore();
});

/** What the doctor finds of conversations: where, and the beginning of what it says. */
async function examine(): Promise<readonly string[]> {
  const { stdout } = await runCaptured(['doctor', '--json', '--store', 'test:'], { schemes: { test: schemeOf(files) } });
  const lines = stdout.split('\n').filter((line) => line !== '');
  const findings = lines.map((line) => JSON.parse(line) as { readonly check: string; readonly path: string; readonly message: string });
  return findings.filter(({ check }) => check === 'conversations').map(({ path, message }) => `${path} ${message.split(',')[0]}`);
}

async function makeDeleted(layout: StorageLayout, userId?: string): Promise<void> {
  await using conversations = new FileConversationStore({ files, layout, userId });
  await conversations.saveMetadata({ conversation_id: 'gone', selected_repository: null });
  await conversations.deleteMetadata('gone');
}

test.each([
  ['events alone', ['events.json']],
  ['all of it', ['metadata.json', 'events.json']],
])('of a conversation that was deleted, and of which %s was restored, that alone is said', async (_, names) => {
  await makeDeleted(homeLayout);
  for (const name of names) {
    await files.write(`conversations/gone/${name}`, '{}');
  }
  expect(await examine()).toEqual(['conversations/gone/ this conversation was deleted']);
});

test('events of a deleted conversation are told as those where OpenHands keeps them apart from its record', async () => {
  await makeDeleted(sessionsLayout, 'alice');
  await files.write(
    'sessions/other/metadata.json',
    '{"conversation_id":"other","selected_repository":null,"created_at":"2026-07-01T10:00:00Z"}',
  );
  await files.write('users/alice/conversations/gone/events/0.json', '{}');
  expect(await examine()).toEqual(['users/alice/conversations/gone/ this conversation was deleted']);
});

test("conversations of OpenHands' agent server are counted, not told as damage, whichever of its files are there", async () => {
  for (const name of ['a/base_state.json', 'b/meta.json', 'c/events/event-00000-6b4cb242.json']) {
    await files.write(`conversations/${name}`, '{}');
  }
  await files.write('conversations/lost/events.json', '');
  expect(await examine()).toEqual([
    'conversations/lost/ no record says of which conversation this is',
    "conversations 3 conversations of OpenHands' agent server or command line",
  ]);
});
