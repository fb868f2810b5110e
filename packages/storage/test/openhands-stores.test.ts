import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionsLayout } from '@oh/file-store-core';
import { Secret } from '@oh/settings-store';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStorage, type Storage } from '../src/index.ts';
import { OpenHandsProcess, openHandsPython } from './openhands-process.ts';

const why = openHandsPython === undefined ? ' (skipped: there is no Python with openhands-ai 0.62.0, see tools/programs)' : '';

type Fields = Readonly<Record<string, unknown>>;

interface View {
  readonly conversations: readonly Fields[];
  readonly events: Readonly<Record<string, readonly Fields[]>>;
  readonly settings: Fields | null;
  readonly secrets: Fields | null;
}

const ids = ['c1', 'c2', 'c3'];

/** Fields of events that OpenHands makes anew, or does not know. */
const ownFields = ['message', 'success', 'operation_id', 'note'];

describe('OpenHands itself, beside this package', () => {
  let root: string;
  let storage: Storage;
  let upstream: OpenHandsProcess;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'storage-'));
    storage = await openStorage({ file_store: 'local', file_store_path: root }, { env: {}, layout: sessionsLayout });
    upstream = new OpenHandsProcess(openHandsPython ?? '');
  });

  afterEach(async () => {
    await upstream[Symbol.asyncDispose]();
    await storage.close();
    await rm(root, { recursive: true });
  });

  async function readEvents(id: string): Promise<Fields[]> {
    const events = storage.events(id).search();
    const read: Fields[] = [];
    for await (const event of events) {
      read.push(toJson(event));
    }
    expect(events.unreadable).toEqual([]);
    return read;
  }

  async function compare(): Promise<number> {
    const view = (await upstream.call('view', { ids })) as View;
    const { results, unreadable } = await storage.conversations.search({ limit: 100 });
    expect(unreadable).toEqual([]);
    expect(results.map(toJson).map(({ note: _note, ...fields }) => fields)).toEqual(view.conversations);
    const settings = await storage.settings.load();
    const { secrets_store: _secrets, sandbox_api_key: _masked, ...theirs } = view.settings ?? {};
    expect(exposed(settings ?? {})).toMatchObject(theirs);
    const secrets = await storage.secrets.load();
    const custom = Object.entries(secrets?.customSecrets ?? {});
    const tokens = Object.entries(secrets?.providerTokens ?? {});
    expect({
      provider_tokens: Object.fromEntries(tokens.map(([name, token]) => [name, { ...token, token: token.token.expose() }])),
      custom_secrets: Object.fromEntries(custom.map(([name, secret]) => [name, { ...secret, secret: secret.secret.expose() }])),
    }).toEqual(view.secrets ?? { provider_tokens: {}, custom_secrets: {} });
    for (const id of ids) {
      const read = await readEvents(id);
      // To events that it did not write once itself it adds defaults.
      expect(view.events[id]).toHaveLength(read.length);
      expect(view.events[id]).toMatchObject(read.map((event) => omit(event, ownFields)));
    }
    return Object.values(view.events).flat().length + results.length;
  }

  const ours: Readonly<Record<string, (id: string, text: string, n: number) => Promise<unknown>>> = {
    save: (id, title, n) =>
      storage.conversations.saveMetadata({ conversation_id: id, selected_repository: null, title, accumulated_cost: n / 7, note: { n } }),
    update: async (id, title) =>
      (await storage.conversations.exists(id)) && (await storage.conversations.updateMetadata(id, (record) => ({ ...record, title }))),
    events: (id, text, n) => storage.events(id).appendAll(Array.from({ length: n }, () => message(text))),
    named: (id, text) => storage.events(id).append({ ...message(text), note: text }, { operationId: text.padEnd(1, 'x').slice(0, 99) }),
    settings: (_id, text, n) =>
      storage.settings.store({ language: text, llm_api_key: `key-${text}`, max_iterations: n, max_budget_per_task: n }),
    secret: (_id, text) => storage.secrets.setSecret('OURS', `ours-${text}`, text),
    unset: () => storage.secrets.deleteSecret('OURS'),
  };

  const theirs: Readonly<Record<string, (id: string, text: string, n: number) => Promise<unknown>>> = {
    save: (id) => upstream.call('save', { id }),
    title: async (id, title) => (await storage.conversations.exists(id)) && (await upstream.call('set_title', { id, title })),
    events: (id, _text, count) => upstream.call('add_events', { id, count }),
    settings: (_id, text, n) =>
      upstream.call('set_settings', {
        fields: { agent: text, search_api_key: text, condenser_max_size: n + 20, mcp_config: { sse_servers: [`http://h${n}`] } },
      }),
    secret: (_id, text) => upstream.call('set_secret', { name: 'THEIRS', value: `theirs-${text}` }),
  };

  const steps = { ...prefixed('our', ours), ...prefixed('their', theirs) };
  const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((each) => !/^\s*\**\s*$/.test(each));
  const step = fc.record({
    name: fc.constantFrom(...Object.keys(steps)),
    id: fc.constantFrom(...ids),
    text,
    n: fc.integer({ min: 1, max: 30 }),
  });

  it.skipIf(openHandsPython === undefined)(
    `finds the same after whatever each of them has written in turn${why}`,
    { timeout: 300_000 },
    async () => {
      let rounds = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 24 }), async (round) => {
          rounds += 1;
          await upstream.call('open', { root, seed: rounds });
          for (const { name, id, text: value, n } of round) {
            await steps[name]?.(id, value, n);
          }
          expect(await compare()).toBeGreaterThanOrEqual(0);
        }),
        { numRuns: 8, endOnFailure: true },
      );
    },
  );

  it.skipIf(openHandsPython === undefined)(
    `reads one event of each kind, and writes it again as it was${why}`,
    { timeout: 120_000 },
    async () => {
      for (const seed of [1, 2, 3]) {
        await upstream.call('open', { root, seed });
        await upstream.call('add_one_of_each', { id: 'c1' });
      }
      expect(await compare()).toBe(120);
      for await (const { id: _id, ...event } of storage.events('c1').search()) {
        await storage.events('c2').append(event);
      }
      expect(await upstream.call('differences', { id: 'c1', copy_id: 'c2' })).toEqual([]);
    },
  );

  it.skipIf(openHandsPython === undefined)(`follows it while it writes${why}`, { timeout: 120_000 }, async () => {
    await upstream.call('open', { root, seed: 1 });
    const count = 120;
    const seen: number[] = [];
    const tail = storage.events('c1').tail(0);
    const writing = upstream.call('add_long_events', { id: 'c1', count });
    for await (const { id } of tail) {
      seen.push(id);
      if (id === count - 1) {
        break;
      }
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: count }, (_, id) => id));
    expect(tail.unreadable).toEqual([]);
  });
});

function prefixed<T>(prefix: string, methods: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [`${prefix} ${name}`, method]));
}

function message(content: string) {
  return { source: 'user', action: 'message', args: { content, image_urls: null, wait_for_response: false } };
}

function omit(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function toJson(value: object): Fields {
  return JSON.parse(JSON.stringify(value)) as Fields;
}

/** A value with its keys in plain text. */
function exposed(value: unknown): unknown {
  if (value instanceof Secret) {
    return value.expose();
  }
  if (Array.isArray(value)) {
    return value.map(exposed);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, exposed(child)]))
    : value;
}
