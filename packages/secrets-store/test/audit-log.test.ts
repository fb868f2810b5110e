import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../src/audit-entry.ts';
import { AuditLog } from '../src/audit-log.ts';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyRing } from '../src/key-ring.ts';
import { rotateKeys } from '../src/rotate-keys.ts';
import { FixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

const first = 'users/alice/secrets/audit/00000001.jsonl';
const path = 'users/alice/secrets/secrets.json';
const event = { action: 'read', path, names: ['custom_secrets/KEY'] } as const;

let files: FileStore;
let keys: KeyRing;
let log: AuditLog;

/** A store that cannot append, as object stores cannot. */
function withoutAppend(store: FileStore): FileStore {
  return new Proxy(store, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (key === 'capabilities') {
        return { ...target.capabilities, append: false };
      }
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function open(store: FileStore = files): AuditLog {
  return new AuditLog({ files: store, keys, userId: 'alice', actor: 'test', now: () => new Date('2026-01-01T00:00:00Z') });
}

async function fill(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await log.record({ ...event, names: [`custom_secrets/KEY_${index}`] });
  }
}

async function entries(): Promise<AuditEntry[]> {
  return await Array.fromAsync(log.entries());
}

beforeEach(() => {
  files = new MemoryFileStore();
  keys = new KeyRing({ files, wrapper: new FixedKey() });
  log = open();
});

describe('the log of a store', () => {
  it('tells who read, wrote, deleted and rotated which name, and no value', async () => {
    const store = new FileSecretsStore({ files, keys, userId: 'alice', audit: log });
    await store.setSecret('KEY', 'hush-1');
    await store.update((current) =>
      current.withCustomSecret('OTHER', 'hush-2').withoutCustomSecret('KEY').withProviderToken('github', { token: 'hush-3' }),
    );
    await store.getSecret('OTHER');
    await store.load();
    await rotateKeys({ keys, holders: [store] });
    await store.deleteSecret('OTHER');
    expect((await entries()).map(({ action, names }) => [action, names.join()])).toEqual([
      ['write', 'custom_secrets/KEY'],
      ['read', 'custom_secrets/KEY'],
      ['write', 'provider_tokens/github,custom_secrets/OTHER'],
      ['delete', 'custom_secrets/KEY'],
      ['read', 'custom_secrets/OTHER'],
      ['read', 'provider_tokens/github,custom_secrets/OTHER'],
      ['rotate', 'provider_tokens/github,custom_secrets/OTHER'],
      ['delete', 'custom_secrets/OTHER'],
    ]);
    expect(await files.read(first)).not.toContain('hush');
    expect(await log.verify()).toMatchObject({ entries: 8, unauthenticated: 0, torn: 0 });
  });

  it('has an entry before anything is done: nothing is given or stored that is not told', async () => {
    const store = new FileSecretsStore({ files, keys, userId: 'alice' });
    await store.setSecret('KEY', 'hush');
    const before = await files.read(path);
    const full = interceptFileStore(files, (operation, at) => {
      if (String(at).includes('audit') && operation !== 'list') {
        throw new Error('disk full');
      }
    });
    const audited = new FileSecretsStore({ files, keys, userId: 'alice', audit: open(full) });
    for (const attempt of [
      () => audited.getSecret('KEY'),
      () => audited.load(),
      () => audited.setSecret('KEY', 'x'),
      () => audited.deleteSecret('KEY'),
    ]) {
      await expect(attempt()).rejects.toThrow('disk full');
    }
    await expect(rotateKeys({ keys, holders: [audited] })).rejects.toThrow('disk full');
    expect(await files.read(path)).toBe(before);
  });

  it.each([true, false])('makes no ring in the place of one that is lost; it has entries already: %j', async (hasEntries) => {
    await new FileSecretsStore({ files, keys, userId: 'alice', audit: hasEntries ? log : undefined }).setSecret('KEY', 'hush');
    await files.delete('secrets/key-ring.json');
    keys = new KeyRing({ files, wrapper: new FixedKey() });
    const store = new FileSecretsStore({ files, keys, userId: 'alice', audit: open() });
    await expect(store.deleteSecret('KEY')).rejects.toThrow(withCode('permission-denied'));
    await expect(store.rewrap()).rejects.toThrow(withCode('not-found'));
    if (hasEntries) {
      await expect(open().record(event)).rejects.toThrow(withCode('permission-denied'));
    }
    expect(await files.exists('secrets/key-ring.json')).toBe(false);
    expect(await store.list()).toHaveLength(1);
  });

  it('makes no ring in the place of one that is lost where nothing else shows that there was one, nor where it is not to', async () => {
    await expect(log.record(event, { create: false })).rejects.toThrow(withCode('permission-denied'));
    await log.record(event);
    await files.delete('secrets/key-ring.json');
    keys = new KeyRing({ files, wrapper: new FixedKey() });
    await expect(open().record(event)).rejects.toThrow(withCode('permission-denied'));
    expect(await files.exists('secrets/key-ring.json')).toBe(false);
    expect(await entries()).toHaveLength(1);
  });

  it("has an entry of a deletion from OpenHands' own file, which needs no ring before", async () => {
    const store = new FileSecretsStore({ files, keys, userId: 'alice', format: 'openhands', audit: log });
    await files.write('users/alice/secrets.json', '{"custom_secrets":{"KEY":{"secret":"hush"}}}');
    await store.deleteSecret('KEY');
    expect(await entries()).toMatchObject([{ action: 'delete', names: ['custom_secrets/KEY'] }]);
  });

  it('has no entry for what is refused or missing', async () => {
    const store = new FileSecretsStore({ files, keys, userId: 'alice', audit: log });
    await expect(store.setSecret('KEY', '**********')).rejects.toThrow(withCode('invalid-argument'));
    await expect(store.getSecret('KEY')).rejects.toThrow(withCode('not-found'));
    expect(await entries()).toEqual([]);
  });
});

describe.each<[string, (store: FileStore) => FileStore]>([
  ['with append', (store) => store],
  ['without append', withoutAppend],
])('an audit log in a store %s', (_how, decorate) => {
  beforeEach(() => {
    files = decorate(new MemoryFileStore());
    log = open();
  });

  it('has one line for each entry, in JSON', async () => {
    await fill(3);
    const lines = (await files.read(first))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toEqual({
      seq: 1,
      time: '2026-01-01T00:00:00.000Z',
      actor: 'test',
      action: 'read',
      path,
      names: ['custom_secrets/KEY_0'],
      previous: '0'.repeat(64),
      mac: expect.stringMatching(/^[0-9a-f]{16}\.[\w-]{43}$/),
    });
  });

  it('has every entry of many that write at once, in one chain', async () => {
    const logs = Array.from({ length: 5 }, () => open());
    await Promise.all(Array.from({ length: 50 }, (_, index) => logs[index % 5]?.record({ ...event, names: [`KEY_${index}`] })));
    expect(await log.verify()).toMatchObject({ entries: 50 });
    expect(new Set((await entries()).flatMap(({ names }) => names)).size).toBe(50);
  });

  it.each([0, 1])('has an entry after one that another adds at that moment; it has %i before', async (count) => {
    await fill(count);
    let isFirst = true;
    const racing = interceptFileStore(files, async (operation) => {
      if (isFirst && (operation === 'write' || operation === 'append')) {
        isFirst = false;
        await log.record({ ...event, names: ['other'] });
      }
    });
    await open(racing).record({ ...event, names: ['own'] });
    expect((await entries()).slice(count).flatMap(({ names }) => names)).toEqual(['other', 'own']);
    expect(await log.verify()).toMatchObject({ entries: count + 2 });
  });

  it('goes on in another file when one is full', async () => {
    for (let index = 0; index < 5; index += 1) {
      await log.record({ ...event, names: [`${index}`.padEnd(30_000, 'x')] });
    }
    expect((await files.list('users/alice/secrets/audit')).map((each) => each.slice(-14))).toEqual(['00000001.jsonl', '00000002.jsonl']);
    expect(await log.verify()).toMatchObject({ entries: 5 });
  });

  it('goes on after a line that was torn, and counts it', async () => {
    await fill(2);
    await files.write(first, `${await files.read(first)}{"seq":3,"ti`);
    await fill(1);
    expect(await log.verify()).toMatchObject({ entries: 3, torn: 1 });
    await files.write('users/alice/secrets/audit/00000003.jsonl', '{"seq":4');
    await fill(1);
    expect(await log.verify()).toMatchObject({ entries: 4, torn: 2 });
  });
});
