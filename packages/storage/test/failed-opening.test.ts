import { join } from 'node:path';
import { MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, test } from 'vitest';
import { openStorage } from '../src/index.ts';

const env = { OH_SECRET_KEY: 'a passphrase for tests' };

describe('openStorage, when it fails,', () => {
  describe('closes what a class has made', () => {
    const classes = {
      conversation_store_class: './closable.mjs#Conversations',
      config_file: { path: join(import.meta.dirname, 'classes/config.toml'), text: '' },
    };

    test('when another one cannot be made', async () => {
      const files = new MemoryFileStore();
      const broken = { ...classes, secrets_store_class: './missing.mjs#Secrets' };
      await expect(openStorage(broken, { env, files })).rejects.toMatchObject({ code: 'not-found' });
      expect(await files.list()).toEqual(['closed', 'made']);
    });

    test('when the caller gives up meanwhile', async () => {
      const controller = new AbortController();
      const reason = new Error('enough');
      class AbortingFileStore extends MemoryFileStore {
        override async write(...args: Parameters<MemoryFileStore['write']>): ReturnType<MemoryFileStore['write']> {
          controller.abort(reason);
          return await super.write(...args);
        }
      }
      const files = new AbortingFileStore();
      await expect(openStorage(classes, { env, files, signal: controller.signal })).rejects.toBe(reason);
      expect(await files.list()).toEqual(['closed', 'made']);
    });
  });

  test.each([
    ['http://user:canary@127.0.0.1/', {}, /no user and no password/],
    ['canary', {}, /no URL/],
    ['http://127.0.0.1/', { 'A b': 'canary' }, /the header "A b"/],
    ['http://127.0.0.1/', { A: 'canary\n' }, /the header "A"/],
  ])('refuses the webhook %s with the headers %j, and shows no value', async (url, headers, message) => {
    const wrong = { file_store: 'memory', file_store_web_hook_url: url, file_store_web_hook_headers: headers };
    const error: unknown = await openStorage(wrong, { env }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'FileStoreError', code: 'invalid-argument', message: expect.stringMatching(message) });
    expect(String(error)).toMatch(/file_store_web_hook_url/);
    expect(String(error)).not.toMatch(/canary/);
  });
});
