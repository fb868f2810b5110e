import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { copyOpenHandsHome, readExpectedHome } from '@oh-tools/fixtures';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConversationMetadata } from '../src/conversation-metadata.ts';
import { toEpochMicros } from '../src/date-time.ts';
import { FileConversationStore } from '../src/file-conversation-store.ts';

const torn = '922766581e27a1c08a6a63ec24ede6a4';
const legacy = 'ae97ba94d0eda82f8f6d05584ef8aa38';
const shared = 'd23f0824128b2f330c5c7fd0a6a3a450';

describe('a folder that OpenHands wrote', () => {
  const expected = readExpectedHome();
  let parent: string;
  let root: string;
  let files: LocalFileStore;
  let store: FileConversationStore;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'conversation-store-'));
    root = join(parent, 'home');
    await copyOpenHandsHome(root);
    files = new LocalFileStore({ root });
    store = new FileConversationStore({ files, layout: sessionsLayout });
  });

  afterEach(async () => {
    await files.close();
    await rm(parent, { recursive: true });
  });

  /** Every file of OpenHands with its bytes and the time of its last change. */
  async function snapshot(): Promise<Record<string, string>> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const ours = /\/(\.oh-[^/]+|users\/alice)(\/|$)/;
    const paths = entries
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !ours.test(path) || path.includes('/conversations/'))
      .sort();
    const described = paths.map(async (path) => {
      const { mtimeMs, mode } = await stat(path);
      const hash = await readFile(path).then(
        (bytes) => createHash('sha256').update(bytes).digest('hex'),
        () => 'directory',
      );
      return [path, `${mtimeMs} ${mode} ${hash}`];
    });
    return Object.fromEntries(await Promise.all(described));
  }

  async function readAll(limit: number): Promise<ConversationMetadata[]> {
    const results: ConversationMetadata[] = [];
    let pageId: string | null = null;
    do {
      const page = await store.search({ limit, pageId });
      expect(page.results.length).toBeLessThanOrEqual(limit);
      results.push(...page.results);
      pageId = page.next_page_id;
    } while (pageId !== null);
    return results;
  }

  it.each([1, 5, 12, 100])('has the conversations that OpenHands finds, in pages of %i', async (limit) => {
    const results = await readAll(limit);
    expect(results).toHaveLength(12);
    for (const [index, { created_at_epoch, ...fields }] of expected.conversations.entries()) {
      expect(results[index]).toMatchObject(fields);
      expect(Number(toEpochMicros(results[index]?.created_at ?? ''))).toBe(Math.round(created_at_epoch * 1e6));
    }
  });

  it('has the unreadable records that OpenHands passes over', async () => {
    const { unreadable } = await store.search();
    expect(unreadable.map(({ conversation_id }) => conversation_id)).toEqual([torn, legacy]);
    expect(unreadable.map(({ conversation_id }) => conversation_id)).toEqual([...expected.unreadable].sort());
    expect(unreadable[0]?.error.message).toContain('not JSON');
    expect(unreadable[1]?.error.message).toContain('created_at: missing');
    expect(await store.exists(torn)).toBe(true);
  });

  it('stays as it is when it is read', async () => {
    const before = await snapshot();
    await readAll(5);
    await store.getMetadata(shared);
    await store.getAllMetadata([shared, torn, 'none']);
    await store.exists(torn);
    await expect(store.validateMetadata(legacy, 'alice')).rejects.toThrow();
    await expect(store.saveMetadata({ conversation_id: torn, selected_repository: null })).rejects.toThrow();
    expect(await snapshot()).toEqual(before);
  });

  it('keeps the fields of a newer OpenHands when a record is saved again', async () => {
    const record = await store.getMetadata(shared);
    await store.saveMetadata({ ...record, title: 'renamed' });
    const text = await readFile(join(root, 'sessions', shared, 'metadata.json'), 'utf8');
    expect(text).toMatch(/"title":"renamed",/);
    expect(text).toMatch(/,"github_user_id":12345,"is_public":true,"shared_at":"2026-02-03T04:05:06Z"}$/);
  });

  it.each([torn, legacy])('keeps the record %s, which cannot be read, from being written over', async (id) => {
    const path = join(root, 'sessions', id, 'metadata.json');
    const before = await readFile(path);
    await expect(store.saveMetadata({ conversation_id: id, selected_repository: null })).rejects.toThrow(/^\[corrupt\]/);
    expect(await readFile(path)).toEqual(before);
  });

  it('loses no field of racing saves through two stores', async () => {
    const other = new FileConversationStore({ files: new LocalFileStore({ root }), layout: sessionsLayout });
    const record = await store.getMetadata(shared);
    const fields = Array.from({ length: 8 }, (_, index) => `field_${index}`);
    await Promise.all(fields.map((field, index) => (index % 2 === 0 ? store : other).saveMetadata({ ...record, [field]: index })));
    const saved = await store.getMetadata(shared);
    expect(fields.map((field) => saved[field])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('has the conversations of a user, and lets the user delete them whole', async () => {
    const alice = new FileConversationStore({ files, layout: sessionsLayout, userId: 'alice' });
    const ids = (await alice.search()).results.map(({ conversation_id }) => conversation_id);
    expect(ids).toEqual(expected.conversations.filter(({ user_id }) => user_id === 'alice').map(({ conversation_id }) => conversation_id));
    for (const id of ids) {
      await alice.deleteMetadata(id);
      expect(await files.list(`users/alice/conversations/${id}`)).toEqual([]);
    }
    expect(await readAll(100)).toHaveLength(10);
  });
});
