import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { openHandsHome, readExpectedEvents } from '@oh-tools/fixtures';
import { findPython } from '@oh-tools/programs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventSearchOptions } from '../src/event-store.ts';
import { FileEventStore } from '../src/file-event-store.ts';
import { readAll, readIds } from './read-all.ts';

const script = fileURLToPath(new URL('openhands-events.py', import.meta.url));
const python = findPython('import fcntl, pydantic; from importlib.metadata import version; assert version("openhands-ai") == "0.62.0"');
const why = python === undefined ? ' (skipped: there is no Python with openhands-ai 0.62.0, see tools/programs)' : '';

/** A search in the words of OpenHands. */
interface UpstreamSearch {
  readonly start_id?: number;
  readonly end_id?: number;
  readonly reverse?: boolean;
  readonly limit?: number;
  readonly filter?: Readonly<Record<string, unknown>>;
}

interface UpstreamConversation {
  readonly latest_id: number;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly searches: readonly (readonly number[])[];
}

/** The same searches in both words. */
const searches: readonly (readonly [EventSearchOptions, UpstreamSearch])[] = [
  [{}, {}],
  [{ reverse: true }, { reverse: true }],
  [
    { startId: 7, endId: 30 },
    { start_id: 7, end_id: 30 },
  ],
  [
    { startId: 7, endId: 30, reverse: true, limit: 3 },
    { start_id: 7, end_id: 30, reverse: true, limit: 3 },
  ],
  ...['user', 'agent', 'environment'].map((source) => [{ filter: { source } }, { filter: { source } }] as const),
  ...['primes', 'PRIMES', 'Gr\\u00fc', 'absent'].map(
    (query) =>
      [
        { filter: { query }, reverse: true },
        { filter: { query }, reverse: true },
      ] as const,
  ),
  ...[['action'], ['observation'], ['action:run', 'observation:error'], ['action:message']].map(
    (types) => [{ filter: { includeTypes: types } }, { filter: { include_types: types } }] as const,
  ),
  [{ filter: { excludeTypes: ['action:run', 'observation:run'] } }, { filter: { exclude_types: ['action:run', 'observation:run'] } }],
  [{ filter: { excludeHidden: true } }, { filter: { exclude_hidden: true } }],
];

/** Events as an agent makes them, with texts, numbers and fields that are spelled in more than one way. */
const ownEvents = [
  { source: 'user', action: 'message', args: { content: 'Grüße 😀\u007f \ud83d\ude00 </script>', wait_for_response: false } },
  { source: 'agent', action: 'run', args: { command: 'env', thought: 'the token is ghp_secret', hidden: true }, timeout: 1.5 },
  {
    source: 'agent',
    cause: 1,
    observation: 'run',
    content: 'TOKEN=ghp_secret\n',
    extras: { command: 'env', metadata: { exit_code: 0, pid: 7 }, hidden: true },
  },
  { source: 'environment', observation: 'error', content: 'late', extras: { error_id: '' } },
];

/** Without what OpenHands makes anew of the other fields whenever it reads an event. */
function withoutMessage({ message, ...fields }: Readonly<Record<string, unknown>>): object {
  return JSON.parse(JSON.stringify(fields)) as object;
}

describe('OpenHands itself', () => {
  let root: string;
  let files: LocalFileStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'event-store-'));
    files = new LocalFileStore({ root, durability: 'atomic' });
  });

  afterEach(async () => {
    await files.close();
    await rm(root, { recursive: true });
  });

  function open(id: string, userId: string | undefined): FileEventStore {
    return new FileEventStore({ files, conversationId: id, userId, layout: sessionsLayout, secrets: { TOKEN: 'ghp_secret' } });
  }

  /** Writes the events of its own folder anew, without their ids. */
  async function copyConversations(): Promise<{ id: string; userId: string | undefined }[]> {
    await using source = new LocalFileStore({ root: openHandsHome, durability: 'atomic' });
    const copies = Object.entries(readExpectedEvents()).map(([id, { user_id }]) => ({ id, userId: user_id ?? undefined }));
    for (const { id, userId } of copies) {
      await using from = new FileEventStore({ files: source, conversationId: id, userId, layout: sessionsLayout });
      await using to = open(id, userId);
      await to.appendAll((await readAll(from.search())).map(({ id: _id, ...fields }) => fields));
    }
    return copies;
  }

  function askOpenHands(conversations: readonly { id: string; userId: string | undefined }[]) {
    const task = {
      root,
      message: 'written by OpenHands',
      conversations: conversations.map(({ id, userId }) => ({
        id,
        user_id: userId ?? null,
        searches: searches.map(([, search]) => search),
      })),
    };
    const { status, stdout, stderr } = spawnSync(python ?? '', [script], { input: JSON.stringify(task), encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as { readonly conversations: readonly UpstreamConversation[]; readonly appended: number };
  }

  it.skipIf(python === undefined)(
    `reads the ids, contents and searches that were written here, and goes on${why}`,
    { timeout: 120_000 },
    async () => {
      const own = { id: 'own', userId: undefined };
      await using ownStore = open('own', undefined);
      await ownStore.appendAll(Array.from({ length: 15 }, () => ownEvents).flat());
      const conversations = [own, ...(await copyConversations())];
      await ownStore.close();
      const found = askOpenHands(conversations);
      let compared = 0;
      for (const [i, { id, userId }] of conversations.entries()) {
        await using store = open(id, userId);
        const { latest_id = -1, events = [], searches: results = [] } = found.conversations[i] ?? {};
        const read = events.map(withoutMessage);
        const written = (await readAll(store.search({ endId: latest_id }))).map(withoutMessage);
        // To events that it did not write once itself it adds defaults.
        expect(read).toEqual(id === 'own' ? expect.anything() : written);
        expect(read).toMatchObject(written);
        expect(latest_id).toBe(events.length - 1);
        for (const [n, [search, upstream]] of searches.entries()) {
          const ids = await readIds(store.search({ endId: latest_id, ...search }));
          expect(results[n], `${id} ${JSON.stringify(upstream)}`).toEqual(ids);
        }
        compared += events.length;
      }
      expect(compared).toBeGreaterThan(150);
      expect(found.appended).toBe(60);
      expect(JSON.stringify(found)).not.toContain('ghp_secret');
      expect(await open('own', undefined).get(60)).toMatchObject({ source: 'user', args: { content: 'written by OpenHands' } });
      expect(await open('own', undefined).append({})).toMatchObject({ id: 61 });
    },
  );
});
