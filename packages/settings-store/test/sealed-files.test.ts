import { FileStoreError, MemoryFileStore } from '@oh/file-store-core';
import { createFaultyFileStore, interceptFileStore } from '@oh/file-store-core/testing';
import { type KeyHolder, KeyRing, keyStatus, Passphrase, retireKey, rotateKeys } from '@oh/secrets-store';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileSettingsStore } from '../src/index.ts';
import { ContextSealer } from './context-sealer.ts';
import { publishedVersions } from './published-versions.ts';
import { withCode } from './with-code.ts';

const path = 'users/anna/settings.json';
const backup = `${path}.v0.bak`;
const openHands = publishedVersions[0]?.text ?? '';
const keysOfOpenHands = 3;

describe('the backup of a migration', () => {
  let files: MemoryFileStore;
  let keys: KeyRing;
  let settings: FileSettingsStore;
  let holders: readonly KeyHolder[];

  beforeEach(async () => {
    files = new MemoryFileStore();
    keys = new KeyRing({ files, wrapper: new Passphrase('a passphrase') });
    settings = new FileSettingsStore({ files, sealer: keys, userId: 'anna' });
    holders = [settings];
    await files.write(path, openHands);
    await settings.store({ language: 'fr' });
  });

  async function oldKey(): Promise<string> {
    const [old] = await keyStatus({ keys, holders });
    return old?.id ?? '';
  }

  it('comes under the new key when keys are rotated, and opens when the old one is destroyed', async () => {
    const [old, before] = [await oldKey(), JSON.parse(await files.read(backup))];
    const { keyId, errors } = await rotateKeys({ keys, holders });
    expect(errors).toEqual([]);
    await retireKey({ keys, holders }, old);
    await keys.destroyKey(old);
    const after = JSON.parse(await files.read(backup));
    expect(keys.keyIdOf(after.llm_api_key.$sealed)).toBe(keyId);
    expect({ ...after, llm_api_key: before.llm_api_key }).toMatchObject({ language: before.language, llm_api_key: before.llm_api_key });
    expect(Object.keys(after)).toEqual(Object.keys(before));
    await files.write(path, await files.read(backup));
    expect((await settings.load())?.llm_api_key?.expose()).toBe('canary-llm');
    expect((await settings.load())?.language).toBe('de');
  });

  it('keeps a key from being retired, also where the settings need it no more', async () => {
    const old = await oldKey();
    await files.delete(path);
    await keys.addKey();
    expect((await settings.countKeys()).get(old)).toBeGreaterThanOrEqual(keysOfOpenHands);
    await expect(retireKey({ keys, holders }, old)).rejects.toThrow(/still needed by \d+ sealed texts/);
    await files.delete(backup);
    await retireKey({ keys, holders }, old);
  });

  it('is not taken for one that does not open when its rotation is given up', async () => {
    await files.delete(path);
    const controller = new AbortController();
    const reason = new Error('enough');
    class GivenUp extends ContextSealer {
      override async open(): Promise<string> {
        controller.abort(reason);
        throw reason;
      }
    }
    const rotated = new FileSettingsStore({ files, sealer: Object.assign(new GivenUp(), { keyIdOf: () => 'k1' }), userId: 'anna' });
    await expect(rotated.rewrap({ signal: controller.signal })).rejects.toBe(reason);
  });

  it('that cannot be read is an error that names it, and keeps no other from its rotation', async () => {
    const [sealed, damaged] = [await files.read(backup), `${path}.v0-2.bak`];
    await files.write(damaged, sealed.replace('"llm_api_key"', '"search_api_key"').replace('"search_api_key":null,', ''));
    const [error, ...others] = await settings.rewrap();
    expect([error, others]).toEqual([withCode('permission-denied'), []]);
    expect(error).toMatchObject({ path: damaged });
    expect(await files.read(backup)).not.toBe(sealed);
    await files.write(damaged, '{"llm_api_key":');
    expect(await settings.rewrap()).toEqual([withCode('corrupt')]);
    await expect(settings.countKeys()).rejects.toMatchObject({ code: 'corrupt', path: damaged });
    expect(await files.read(damaged)).toBe('{"llm_api_key":');
  });

  it('is read again where somebody else was faster, and not made anew where it was deleted', async () => {
    const sealer = new ContextSealer();
    await files.write(path, openHands);
    await files.delete(backup);
    await new FileSettingsStore({ files, sealer, userId: 'anna' }).store({ language: 'it' });
    const faults = [
      { operations: ['write' as const], match: (each: string) => each === backup, code: 'version-mismatch' as const, times: 1 },
    ];
    const faulty = createFaultyFileStore(files, { faults });
    const racing = new FileSettingsStore({ files: faulty, sealer, userId: 'anna' });
    const before = await files.read(backup);
    expect(await racing.rewrap()).toEqual([]);
    expect(faulty.faultCount).toBe(1);
    expect(await files.read(backup)).not.toBe(before);
    const deleting = interceptFileStore(files, async (operation, at) => {
      if (operation === 'write' && at === backup) {
        await files.delete(backup);
      }
    });
    expect(await new FileSettingsStore({ files: deleting, sealer, userId: 'anna' }).rewrap()).toEqual([]);
    expect(await files.exists(backup)).toBe(false);
  });

  it('is no missing one while it cannot be read, so that no key is taken for needless', async () => {
    const old = await oldKey();
    await keys.addKey();
    await files.delete(path);
    const over = (onOpen: () => Promise<void>): FileSettingsStore => {
      const watched = interceptFileStore(files, async (operation, at) => {
        if (operation === 'open' && at === backup) {
          await onOpen();
        }
      });
      return new FileSettingsStore({ files: watched, sealer: keys, userId: 'anna' });
    };
    const away = over(() => Promise.reject(new FileStoreError('unavailable', 'try again')));
    await expect(retireKey({ keys, holders: [away] }, old)).rejects.toThrow(withCode('unavailable'));
    await expect(away.rewrap()).rejects.toThrow(withCode('unavailable'));
    expect(await over(() => files.delete(backup)).countKeys()).toEqual(new Map());
  });

  it('is told from other files beside the settings', async () => {
    const sealed = await files.read(backup);
    for (const other of [
      `${path}.bak`,
      `${path}.v0.bak.old`,
      `${path}.vx.bak`,
      'users/anna/other.json.v0.bak',
      'users/bob/settings.json.v0.bak',
    ]) {
      await files.write(other, sealed);
    }
    const count = await settings.countKeys();
    await settings.rewrap();
    expect(await settings.countKeys()).toEqual(count);
    expect(await files.read(`${path}.bak`)).toBe(sealed);
    expect(await files.read('users/bob/settings.json.v0.bak')).toBe(sealed);
  });

  it('stays when the rotation is aborted, with the reason of the abort', async () => {
    const sealed = await files.read(backup);
    const reason = new Error('enough');
    await expect(settings.rewrap({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await files.read(backup)).toBe(sealed);
  });
});
