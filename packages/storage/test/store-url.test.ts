import { MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, test } from 'vitest';
import { openFileStore, parseStoreUrl, registerFileStore } from '../src/index.ts';

describe('parseStoreUrl', () => {
  test.each([
    ['local:/data', { file_store: 'local', file_store_path: '/data' }],
    ['local:~/.openhands', { file_store: 'local', file_store_path: '~/.openhands' }],
    ['local:a:b', { file_store: 'local', file_store_path: 'a:b' }],
    ['memory:', { file_store: 'memory' }],
    ['s3://bucket', { file_store: 's3', file_store_path: 'bucket' }],
    ['s3://bucket/', { file_store: 's3', file_store_path: 'bucket' }],
    ['s3://bucket/a/b%20c/', { file_store: 's3', file_store_path: 'bucket', file_store_prefix: 'a/b%20c' }],
    ['gs://bucket/a', { file_store: 'google_cloud', file_store_path: 'bucket', file_store_prefix: 'a' }],
    ['azure:container', { file_store: 'azure', file_store_path: 'container' }],
  ])('reads %s', (url, place) => {
    expect(parseStoreUrl(url)).toEqual(place);
  });

  test.each([
    ['/data', /a directory of the local disk is "local:\/data"/],
    ['C:\\data', /no store URL/],
    ['local:', /"local:\." is the working directory/],
    ['memory:a', /followed by nothing/],
    ['s3:bucket', /"s3:\/\/BUCKET"/],
    ['gs:///a', /"gs:\/\/BUCKET"/],
    ['s3://key:canary@bucket/a', /^(?!.*canary).*no credentials/],
    ['gs://user@bucket', /no credentials/],
  ])('refuses %s', (url, message) => {
    expect(() => parseStoreUrl(url)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) }),
    );
  });
});

describe('openFileStore', () => {
  test('refuses a name that nobody has registered, and suggests one: never memory in its place', async () => {
    await expect(openFileStore({ file_store: 'locl' })).rejects.toThrow(
      /unknown file store "locl"; did you mean "local"\? \(known are local, memory, s3, google_cloud/,
    );
    await expect(openFileStore('gcs:b')).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('opens a store that was registered, with what the URL says', async () => {
    const opened = new MemoryFileStore();
    const requests: unknown[] = [];
    registerFileStore('azure', ({ signal: _, ...request }) => {
      requests.push(request);
      return opened;
    });
    expect(await openFileStore('azure:container', { env: { A: 'b' } })).toBe(opened);
    expect(requests).toEqual([{ path: 'container', prefix: undefined, env: { A: 'b' } }]);
    expect(() => registerFileStore('azure', () => opened)).toThrow(/there is a file store with the name "azure"/);
    expect(() => registerFileStore('A', () => opened)).toThrow(/no name of a file store/);
  });

  test('opens buckets with a prefix, without asking for anything', async () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', STORAGE_EMULATOR_HOST: '127.0.0.1:9' };
    for (const url of ['s3://bucket/team', 'gs://bucket/team']) {
      await (await openFileStore(url, { env })).close();
    }
  });

  test.each([
    [{ file_store: 's3' }, {}, /the file store "s3": .*AWS_S3_BUCKET/],
    [{ file_store: 's3', file_store_path: 'b' }, { AWS_ACCESS_KEY_ID: 'a' }, /the file store "s3": .*AWS_SECRET_ACCESS_KEY/],
    [{ file_store: 's3', file_store_path: 'b' }, { AWS_S3_ENDPOINT: 'user:canary@127.0.0.1:9' }, /^(?!.*canary).*no user and no password/],
    [{ file_store: 'google_cloud' }, {}, /the file store "google_cloud": .*GOOGLE_CLOUD_BUCKET_NAME/],
  ])('refuses %j with %j as a wrong configuration', async (place, env, message) => {
    await expect(openFileStore(place, { env })).rejects.toMatchObject({
      name: 'FileStoreError',
      code: 'invalid-argument',
      message: expect.stringMatching(message),
    });
  });

  test('keeps a prefix within the directory', async () => {
    const place = { file_store: 'local', file_store_path: '/data', file_store_prefix: '../other' };
    await expect(openFileStore(place, { env: {} })).rejects.toMatchObject({ code: 'invalid-path' });
  });

  test('closes what is opened after it was given up', async () => {
    const closed = Promise.withResolvers<void>();
    const store = Object.assign(new MemoryFileStore(), { close: async () => closed.resolve() });
    const { promise, resolve } = Promise.withResolvers<MemoryFileStore>();
    registerFileStore('slow', () => promise);
    registerFileStore('never', () => expect.unreachable('it was asked to open'));
    await expect(openFileStore('never:', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    const controller = new AbortController();
    const opening = openFileStore('slow:', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
    resolve(store);
    await closed.promise;
  });
});
