import { type FileStore, FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { interceptFileStore } from '@oh/file-store-core/testing';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FileSecretsStore } from '../src/file-secrets-store.ts';
import { KeyFile } from '../src/key-file.ts';
import { KeyRing } from '../src/key-ring.ts';
import { FixedKey } from './fixed-key.ts';
import { withCode } from './with-code.ts';

const context = ['alice', 'settings.json', 'llm_api_key'];
const path = 'secrets/key-ring.json';

/** A store that keeps the answer to the first `open` back until it is told to go on. */
function holdFirstRead(files: FileStore): { files: FileStore; opened: Promise<void>; resume: () => void; reads: () => number } {
  const { promise: resumed, resolve: resume } = Promise.withResolvers<void>();
  const { promise: opened, resolve: onOpened } = Promise.withResolvers<void>();
  let reads = 0;
  const open = async (...args: Parameters<FileStore['open']>): Promise<Awaited<ReturnType<FileStore['open']>>> => {
    const file = await files.open(...args);
    reads += 1;
    if (reads === 1) {
      onOpened();
      await resumed;
    }
    return file;
  };
  const slow = new Proxy(files, {
    get: (target, key) => {
      const member: unknown = key === 'open' ? open : Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { files: slow, opened, resume, reads: () => reads };
}

describe('KeyRing', () => {
  let files: FileStore;
  let keys: KeyRing;

  beforeEach(() => {
    files = new MemoryFileStore();
    keys = new KeyRing({ files, wrapper: new FixedKey() });
  });

  it('opens what it sealed, also in another process', async () => {
    const sealed = await keys.seal('text', context);
    expect(await keys.open(sealed, context)).toBe('text');
    expect(await new KeyRing({ files, wrapper: new FixedKey() }).open(sealed, context)).toBe('text');
  });

  it('tells the key of a sealed text by its form', async () => {
    const sealed = await keys.seal('text', context);
    expect(keys.keyIdOf(sealed)).toBe((await keys.list())[0]?.id);
    for (const text of [
      '',
      'text',
      '**********',
      'ohs1.k.AAAA.AAAA',
      `${sealed} `,
      sealed.slice(0, sealed.lastIndexOf('.')),
      sealed.replace('ohs1', 'ohs2'),
    ]) {
      expect(keys.keyIdOf(text)).toBeUndefined();
    }
  });

  it('makes one ring, however many seal the first text at the same time', async () => {
    const rings = Array.from({ length: 50 }, () => new KeyRing({ files, wrapper: new FixedKey() }));
    const sealed = await Promise.all(rings.map((ring, index) => ring.seal(`${index}`, context)));
    expect(new Set(sealed.map((text) => text.split('.')[1])).size).toBe(1);
    for (const [index, text] of sealed.entries()) {
      expect(await keys.open(text, context)).toBe(`${index}`);
    }
  });

  it('never replaces a ring that was made in the meantime', async () => {
    let first = '';
    const late = interceptFileStore(files, async (operation) => {
      if (operation === 'write') {
        first = await keys.seal('first', context);
      }
    });
    const other = new KeyRing({ files: late, wrapper: new FixedKey() });
    expect(await keys.open(await other.seal('second', context), context)).toBe('second');
    expect(await other.open(first, context)).toBe('first');
    expect(await keys.list()).toHaveLength(1);
  });

  it('seals with a key that another process has added, a second later', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(10_000);
    onTestFinished(() => now.mockRestore());
    await keys.seal('text', context);
    const added = await new KeyRing({ files, wrapper: new FixedKey() }).addKey();
    expect(await keys.seal('text', context)).not.toContain(`.${added}.`);
    now.mockReturnValue(11_000);
    expect(await keys.seal('text', context)).toContain(`.${added}.`);
  });

  it('opens what another process has sealed by a new key while an older ring is still being read', async () => {
    await keys.seal('text', context);
    const slow = holdFirstRead(files);
    const ring = new KeyRing({ files: slow.files, wrapper: new FixedKey() });
    const older = ring.list();
    await slow.opened;
    const other = new KeyRing({ files, wrapper: new FixedKey() });
    const added = await other.addKey();
    const sealed = await other.seal('new', context);
    const opening = ring.open(sealed, context);
    const listing = ring.list();
    slow.resume();
    expect(await opening).toBe('new');
    expect((await listing).find(({ state }) => state === 'current')?.id).toBe(added);
    expect(await older).toHaveLength(1);
    expect(slow.reads()).toBe(2);
  });

  it('does not go back to a ring that was read before it was changed', async () => {
    await keys.seal('text', context);
    const slow = holdFirstRead(files);
    const ring = new KeyRing({ files: slow.files, wrapper: new FixedKey() });
    const older = ring.list();
    await slow.opened;
    const added = await ring.addKey();
    slow.resume();
    await older;
    expect(await ring.seal('text', context)).toContain(`.${added}.`);
  });

  it('asks its wrapper once, whatever the number of texts', async () => {
    const sealed = await Promise.all(Array.from({ length: 50 }, (_, index) => keys.seal(`${index}`, context)));
    const wrapper = new FixedKey();
    const other = new KeyRing({ files, wrapper });
    await Promise.all(sealed.map((text) => other.open(text, context)));
    await other.seal('one more', context);
    expect(wrapper.calls).toBe(1);
  });

  it('has its file encrypted', async () => {
    await keys.seal('text', context);
    const text = await files.read(path);
    expect(JSON.parse(text)).toEqual({
      format: 'oh-key-ring',
      schema_version: 1,
      protected_by: 'fixed',
      wrapped_key: expect.any(String),
      keys: expect.stringMatching(/^[\w-]+$/),
    });
  });

  it('keeps the fields of its file that it does not know', async () => {
    const sealed = await keys.seal('text', context);
    await files.write(path, (await files.read(path)).replace('{', '{"new":{"a":1},'));
    await keys.addKey();
    await keys.protectWith(new FixedKey('other'));
    expect(JSON.parse(await files.read(path))).toMatchObject({ new: { a: 1 }, schema_version: 1 });
    expect(await new KeyRing({ files, wrapper: new FixedKey('other') }).open(sealed, context)).toBe('text');
  });

  it('tells what is sealed for another place, and names it', async () => {
    const sealed = await keys.seal('text', context);
    await expect(keys.open(sealed, ['bob', 'settings.json', 'llm_api_key'])).rejects.toThrow(
      '[corrupt] what is sealed for "bob", "settings.json", "llm_api_key" cannot be opened: it was changed, or sealed for another place',
    );
    await expect(keys.open('text', context)).rejects.toThrow(withCode('corrupt'));
  });

  it('tells a key that is not there', async () => {
    const sealed = await new KeyRing({ files: new MemoryFileStore(), wrapper: new FixedKey() }).seal('text', context);
    await expect(keys.open(sealed, context)).rejects.toThrow(
      'there is no key ring at "secrets/key-ring.json"; bring it back from a backup',
    );
    await keys.seal('text', context);
    await expect(keys.open(sealed, context)).rejects.toThrow(
      /^\[permission-denied\] what is sealed for .* its key "[0-9a-f]{16}" is not in the key ring at "secrets\/key-ring.json"$/,
    );
    expect(await files.list('secrets')).toEqual([path]);
  });

  it('tells a wrong passphrase, names the ring and leaves it', async () => {
    const sealed = await keys.seal('text', context);
    const before = await files.read(path);
    const other = new KeyRing({ files, wrapper: new FixedKey('other') });
    const message = '[permission-denied] the key ring at "secrets/key-ring.json" cannot be opened: the passphrase is wrong';
    await expect(other.open(sealed, context)).rejects.toThrow(message);
    await expect(other.seal('text', context)).rejects.toThrow(message);
    expect(await files.read(path)).toBe(before);
  });

  it('tells what a wrapper of somebody else throws as unknown, with its cause, and goes on when it works again', async () => {
    const cause = new Error('connect ECONNREFUSED');
    const wrapper = new FixedKey();
    const failing = new KeyRing({ files, wrapper });
    const wrap = vi.spyOn(wrapper, 'wrap').mockRejectedValueOnce(cause);
    const notMade = '[unknown] the key ring at "secrets/key-ring.json" cannot be protected: "fixed" has failed; see the cause';
    await expect(failing.seal('text', context)).rejects.toMatchObject({ code: 'unknown', message: notMade, path, cause });
    expect(await files.list()).toEqual([]);
    const sealed = await failing.seal('text', context);

    const late = new KeyRing({ files, wrapper });
    vi.spyOn(wrapper, 'unwrap').mockRejectedValueOnce(cause);
    const notOpened = '[unknown] the key ring at "secrets/key-ring.json" cannot be opened: "fixed" has failed; see the cause';
    await expect(late.open(sealed, context)).rejects.toMatchObject({ code: 'unknown', message: notOpened, path, cause });
    expect(await late.open(sealed, context)).toBe('text');

    wrap.mockRejectedValueOnce(cause);
    await expect(late.protectWith(wrapper)).rejects.toThrow(notMade);
    expect(await new KeyRing({ files, wrapper }).open(sealed, context)).toBe('text');
  });

  it('tells another kind of protection', async () => {
    await keys.seal('text', context);
    await expect(new KeyRing({ files, wrapper: new KeyFile() }).seal('text', context)).rejects.toThrow(
      '[permission-denied] the key ring at "secrets/key-ring.json" cannot be opened: it is protected by "fixed", not by "key-file"',
    );
  });

  it.each<[string, (text: string) => string, string]>([
    ['no JSON', () => 'hush', 'corrupt'],
    ['another format', (text) => text.replace('oh-key-ring', 'hush'), 'corrupt'],
    ['a newer version', (text) => text.replace('"schema_version":1', '"schema_version":2'), 'unsupported'],
    ['changed keys', (text) => text.replace(/"keys":"..../, '"keys":"AAAA'), 'corrupt'],
    ['keys in another spelling', (text) => text.replace(/"keys":"/, '"keys":" '), 'corrupt'],
    ['no keys', (text) => text.replace(/"keys":"[^"]*"/, '"keys":""'), 'corrupt'],
  ])('never writes over a ring that it cannot read: %s', async (_what, damage, code) => {
    await keys.seal('text', context);
    const damaged = damage(await files.read(path));
    await files.write(path, damaged);
    const error = await new KeyRing({ files, wrapper: new FixedKey() }).seal('text', context).catch((reason: unknown) => reason);
    expect(error).toEqual(withCode(code));
    expect(String(error)).toContain(path);
    expect(String(error)).not.toContain('hush');
    expect(await files.read(path)).toBe(damaged);
  });

  it('makes no second ring when the one it has known is gone', async () => {
    const sealed = await keys.seal('text', context);
    await files.delete(path);
    expect(await keys.open(sealed, context)).toBe('text');
    const unknown = sealed.replace(/\.[0-9a-f]{16}\./, '.0123456789abcdef.');
    await expect(keys.open(unknown, context)).rejects.toThrow('[permission-denied] the key ring at "secrets/key-ring.json" is gone');
    expect(await files.list()).toEqual([]);
  });

  it('makes no ring where sealed texts show that there was one', async () => {
    await expect(keys.sealAll([{ text: 'text', context }], { create: false })).rejects.toThrow(withCode('permission-denied'));
    expect(await files.list()).toEqual([]);
  });

  describe('that is made', () => {
    let discarded: string[];

    /** A ring before whose first writing something happens. */
    function ringBefore(before: () => Promise<unknown>): KeyRing {
      discarded = [];
      const wrapper = Object.assign(new FixedKey(), { discard: async (wrapped: string) => void discarded.push(wrapped) });
      const held = interceptFileStore(files, async (operation, target) => {
        if (operation === 'write' && target === path) {
          await before();
        }
      });
      return new KeyRing({ files: held, wrapper });
    }

    it('is that of whoever is faster, and what was wrapped for the other one is forgotten', async () => {
      const sealed = await ringBefore(async () => await keys.seal('first', context)).seal('text', context);
      expect(await keys.open(sealed, context)).toBe('text');
      expect(discarded).toHaveLength(1);
      expect(await files.read(path)).not.toContain(discarded[0]);
    });

    it('forgets nothing when it is not known whether it was written', async () => {
      const failing = ringBefore(async () => {
        throw new FileStoreError('unavailable', 'no answer');
      });
      await expect(failing.seal('text', context)).rejects.toThrow(withCode('unavailable'));
      expect(discarded).toEqual([]);
    });
  });

  it('is not made beside what a lost one has sealed, whoever needs it', async () => {
    await new FileSecretsStore({ files, keys, userId: 'alice' }).setSecret('KEY', 'hush');
    const ring = await files.read(path);
    await files.delete(path);
    const found = await files.list('users/alice/secrets');
    const later = new KeyRing({ files, wrapper: new FixedKey() });
    const store = new FileSecretsStore({ files, keys: later, userId: 'bob' });
    await expect(store.setSecret('KEY', 'hush')).rejects.toThrow(
      '[permission-denied] there is no key ring at "secrets/key-ring.json", but "users/alice/secrets/secrets.json" was sealed by one; bring it back from a backup',
    );
    await expect(later.seal('text', context)).rejects.toThrow(withCode('permission-denied'));
    expect(await files.list()).toEqual(['users/']);
    expect(await files.list('users/alice/secrets')).toEqual(found);
    await files.write(path, ring);
    await store.setSecret('KEY', 'hush');
    expect((await new FileSecretsStore({ files, keys: later, userId: 'alice' }).getSecret('KEY')).expose()).toBe('hush');
  });

  it.each(['secrets/secrets.json', 'settings.json', 'users/alice/settings.json'])('is not made beside a sealed %s', async (sealedFile) => {
    const sealed = await keys.seal('text', context);
    await files.delete(path);
    await files.write(sealedFile, JSON.stringify({ llm_api_key: { $sealed: sealed } }));
    const later = new KeyRing({ files, wrapper: new FixedKey() });
    await expect(later.seal('text', context)).rejects.toThrow(`but "${sealedFile}" was sealed by one`);
    const sameRing = new KeyRing({ files, wrapper: new FixedKey(), path: './secrets//key-ring.json' });
    await expect(sameRing.seal('text', context)).rejects.toThrow('if that one lies elsewhere, give this one a path of its own');
    expect(await files.exists(path)).toBe(false);
  });

  it('is not kept from being made by a file that is no text, but by one that holds something sealed besides', async () => {
    const sealed = await keys.seal('text', context);
    await files.delete(path);
    const notText = (text: string): Buffer => Buffer.concat([Buffer.from(text), Buffer.of(0xe9)]);
    await files.write('users/bob/settings.json', notText(sealed));
    await expect(new KeyRing({ files, wrapper: new FixedKey() }).seal('text', context)).rejects.toThrow(withCode('permission-denied'));
    await files.write('users/bob/settings.json', notText('{"llm_model":"m"}'));
    await new KeyRing({ files, wrapper: new FixedKey() }).seal('text', context);
  });

  it('is made beside files in clear, and beside sealed ones where it is one of several', async () => {
    const sealed = await keys.seal('text', context);
    await files.delete(path);
    await files.write('users/bob/settings.json', '{"llm_model":"m"}');
    await new KeyRing({ files, wrapper: new FixedKey() }).seal('text', context);
    await files.delete(path);
    await files.write('users/bob/settings.json', sealed);
    await new KeyRing({ files, wrapper: new FixedKey(), path: 'users/carol/ring.json' }).seal('text', context);
  });

  it('is not made while a file that may be sealed cannot be read', async () => {
    const failing = interceptFileStore(files, (operation, target) => {
      if (operation === 'readBytes' && target === 'users/bob/settings.json') {
        throw new Error('unplugged');
      }
    });
    await files.write('users/bob/settings.json', '{}');
    await expect(new KeyRing({ files: failing, wrapper: new FixedKey() }).seal('text', context)).rejects.toThrow('unplugged');
    expect(await files.exists(path)).toBe(false);
  });

  it('looks at 100 users at most, and at none once it is there', async () => {
    for (let user = 0; user < 250; user += 1) {
      await files.write(`users/u${user}/settings.json`, '{}');
    }
    const read: string[] = [];
    const counting = interceptFileStore(files, (operation, target) => {
      if (operation === 'readBytes') {
        read.push(String(target));
      }
    });
    const ring = new KeyRing({ files: counting, wrapper: new FixedKey() });
    await Promise.all(Array.from({ length: 10 }, () => ring.seal('text', context)));
    expect(read.filter((each) => each.startsWith('users/'))).toHaveLength(200);
    read.length = 0;
    await new KeyRing({ files: counting, wrapper: new FixedKey() }).seal('text', context);
    expect(read).toEqual([]);
  });

  it('takes what others seal by a ring that they make meanwhile for no sign of a lost one', async () => {
    let first = '';
    const late = interceptFileStore(files, async (operation) => {
      if (operation === 'entries' && first === '') {
        first = await keys.seal('first', context);
        await files.write('users/alice/settings.json', first);
      }
    });
    const other = new KeyRing({ files: late, wrapper: new FixedKey() });
    expect(await keys.open(await other.seal('second', context), context)).toBe('second');
    expect(await other.open(first, context)).toBe('first');
  });

  it('takes a failure to read for no absence', async () => {
    await keys.seal('text', context);
    const failing = interceptFileStore(files, (operation) => {
      if (operation === 'open') {
        throw new Error('unplugged');
      }
    });
    await expect(new KeyRing({ files: failing, wrapper: new FixedKey() }).seal('text', context)).rejects.toThrow('unplugged');
  });

  it('refuses what UTF-8 cannot hold', async () => {
    await expect(keys.seal('\ud800', context)).rejects.toThrow(withCode('invalid-argument'));
  });

  it('is aborted before and in flight', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const hanging = interceptFileStore(files, async () => {
      stop.abort(reason);
      await new Promise(() => undefined);
    });
    const waiting = new KeyRing({ files: hanging, wrapper: new FixedKey() });
    await expect(waiting.seal('text', context, { signal: stop.signal })).rejects.toBe(reason);
    await expect(keys.seal('text', context, { signal: stop.signal })).rejects.toBe(reason);
    await expect(keys.open('text', context, { signal: stop.signal })).rejects.toBe(reason);
  });
});
