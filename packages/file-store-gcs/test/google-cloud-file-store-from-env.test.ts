import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { describeWithServer } from '@oh-tools/servers/testing';
import { describe, it } from 'vitest';
import { toGcsEndpoint } from '../src/gcs-endpoint.ts';
import { googleCloudFileStoreFromEnv } from '../src/index.ts';
import { emulatorSource, newBucket } from './gcs-under-test.ts';

describeWithServer(emulatorSource, (server) => {
  it('opens the bucket of the environment, or the one that is given, in an emulator with a scheme or without', async () => {
    const bucket = await newBucket(server().endpoint);
    for (const host of [server().endpoint, `${server().endpoint}/`, server().endpoint.replace('http://', '')]) {
      const named = googleCloudFileStoreFromEnv(undefined, { GOOGLE_CLOUD_BUCKET_NAME: bucket, STORAGE_EMULATOR_HOST: host });
      await named.write('file', host);
      const given = googleCloudFileStoreFromEnv(bucket, { GOOGLE_CLOUD_BUCKET_NAME: 'another', STORAGE_EMULATOR_HOST: host });
      assert.equal(await given.read('file'), host);
      const below = googleCloudFileStoreFromEnv(bucket, { STORAGE_EMULATOR_HOST: host }, { prefix: 'team' });
      await below.write('file', 'of the team');
      assert.equal(await given.read('team/file'), 'of the team');
      await Promise.all([named.close(), given.close(), below.close()]);
    }
  });
});

describe('googleCloudFileStoreFromEnv', () => {
  it('says what to set when no bucket is named', () => {
    for (const env of [{}, { GOOGLE_CLOUD_BUCKET_NAME: '' }]) {
      assert.throws(() => googleCloudFileStoreFromEnv(undefined, env), { name: 'TypeError', message: /GOOGLE_CLOUD_BUCKET_NAME/ });
    }
  });

  it('refuses an endpoint with a password, which every error would show', () => {
    const env = { STORAGE_EMULATOR_HOST: 'http://user:canary@127.0.0.1:9' };
    assert.throws(() => googleCloudFileStoreFromEnv('bucket', env), { name: 'TypeError', message: /^(?!.*canary).*no password/ });
  });

  it('uses the key file that is named, and says so when it cannot', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'oh-gcs-'));
    const keyFile = join(directory, 'key.json');
    for (const contents of [undefined, 'no key', '{"type":"nonsense"}']) {
      if (contents !== undefined) {
        await writeFile(keyFile, contents);
      }
      const store = googleCloudFileStoreFromEnv('bucket', { GOOGLE_APPLICATION_CREDENTIALS: keyFile });
      await assert.rejects(store.stat('file'), { code: 'permission-denied', message: /GOOGLE_APPLICATION_CREDENTIALS/ });
      await store.close();
    }
    await rm(directory, { recursive: true });
  });
});

describe('toGcsEndpoint', () => {
  it('knows the addresses of Google from others', () => {
    for (const [apiEndpoint, isGoogle] of [
      ['https://storage.googleapis.com', true],
      ['https://storage.us-central1.rep.googleapis.com/', true],
      ['http://127.0.0.1:9000', false],
      ['https://googleapis.com.example.org', false],
    ] as const) {
      const endpoint = toGcsEndpoint(new Storage({ apiEndpoint }));
      assert.equal(endpoint.isGoogle, isGoogle, apiEndpoint);
      assert.equal(endpoint.url, apiEndpoint.replace(/\/$/, ''));
    }
    assert.equal(toGcsEndpoint(new Storage({ universeDomain: 'example.org' })).isGoogle, true);
  });
});
