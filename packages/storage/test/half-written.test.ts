import { MemoryFileStore, sessionsLayout } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { describe, expect, it } from 'vitest';
import { openStorage, type Storage } from '../src/index.ts';

/** Files of OpenHands, and what reads or changes each. */
const cases: readonly (readonly [string, string, string, (storage: Storage) => Promise<unknown>])[] = [
  ['settings', 'settings.json', '{"language":"de"}', (storage) => storage.settings.load()],
  ['settings that are changed', 'settings.json', '{"language":"de"}', (storage) => storage.settings.store({ agent: 'a' })],
  [
    'settings whose keys are counted',
    'settings.json',
    '{"language":"de"}',
    async (storage) => {
      for (const holder of (await storage.keyUse()).holders) {
        await holder.countKeys();
      }
    },
  ],
  ['secrets', 'secrets.json', '{"custom_secrets":{}}', (storage) => storage.secrets.load()],
  ['secrets that are changed', 'secrets.json', '{"custom_secrets":{}}', (storage) => storage.secrets.setSecret('A', 'value')],
  ['a record', 'sessions/c1/metadata.json', record(), (storage) => storage.conversations.getMetadata('c1')],
  [
    'records of a page',
    'sessions/c1/metadata.json',
    record(),
    async (storage) => expect((await storage.conversations.search()).results).toHaveLength(1),
  ],
  [
    'a record that is changed',
    'sessions/c1/metadata.json',
    record(),
    (storage) => storage.conversations.updateMetadata('c1', (each) => each),
  ],
];

function record(): string {
  return '{"conversation_id":"c1","selected_repository":null,"title":"t","created_at":"2025-01-16T19:51:04Z"}';
}

describe('what OpenHands has half written at the moment is no damage:', () => {
  it.each(cases)('%s', async (_what, path, whole, use) => {
    const memory = new MemoryFileStore();
    await memory.write(path, whole.slice(0, -1));
    let looks = 0;
    const files = interceptFileStore(memory, async (operation, at) => {
      if (operation === 'stat' && at === path) {
        looks += 1;
        await (looks === 2 && memory.write(path, whole));
      }
    });
    await using storage = await openStorage({}, { files, env: {}, layout: sessionsLayout });
    await use(storage);
    expect(looks).toBe(2);
    expect(await memory.list()).not.toContainEqual(expect.stringContaining('corrupt'));
  });
});
