import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, vi } from 'vitest';
import { S3FileStore, s3FileStoreFromEnv } from '../src/index.ts';
import { createS3Client } from '../src/s3-client.ts';
import { toStoreOptions } from '../src/s3-environment.ts';

describe('s3FileStoreFromEnv', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

  it('takes the bucket that it is given, else that of AWS_S3_BUCKET', async () => {
    expect(toStoreOptions(undefined, { AWS_S3_BUCKET: 'named' }).bucket).toBe('named');
    expect(toStoreOptions('given', { AWS_S3_BUCKET: 'named' }).bucket).toBe('given');
    await s3FileStoreFromEnv('given', {}).close();
  });

  it('takes a prefix, which is a path', () => {
    expect(() => s3FileStoreFromEnv('given', {}, { prefix: '../other' })).toThrow(expect.objectContaining({ code: 'invalid-path' }));
  });

  it('refuses an environment that names no bucket, half of the keys, or a scheme that is none', () => {
    expect(() => s3FileStoreFromEnv(undefined, {})).toThrow(/set AWS_S3_BUCKET/);
    expect(() => s3FileStoreFromEnv('', { AWS_S3_BUCKET: 'named' })).toThrow(TypeError);
    expect(() => s3FileStoreFromEnv('b', { AWS_ACCESS_KEY_ID: 'id' })).toThrow(/set both/);
    expect(() => s3FileStoreFromEnv('b', { AWS_SECRET_ACCESS_KEY: 'secret' })).toThrow(/set both/);
    expect(() => s3FileStoreFromEnv('b', { AWS_S3_SECURE: 'yes please' })).toThrow(/AWS_S3_SECURE is true or false/);
  });

  it('takes the keys, or leaves them to the SDK', () => {
    expect(toStoreOptions('b', keys).credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
    expect(toStoreOptions('b', { ...keys, AWS_SESSION_TOKEN: 'token' }).credentials).toMatchObject({ sessionToken: 'token' });
    expect(toStoreOptions('b', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }).credentials).toBeUndefined();
  });

  it('rewrites the scheme of AWS_S3_ENDPOINT as AWS_S3_SECURE says, by default to https', () => {
    const endpoint = (AWS_S3_ENDPOINT: string, AWS_S3_SECURE?: string): string | undefined =>
      toStoreOptions('b', { AWS_S3_ENDPOINT, AWS_S3_SECURE }).endpoint;
    expect(endpoint('http://minio:9000')).toBe('https://minio:9000');
    expect(endpoint('minio:9000')).toBe('https://minio:9000');
    expect(endpoint('https://minio:9000', 'false')).toBe('http://minio:9000');
    expect(endpoint('minio:9000', 'FALSE')).toBe('http://minio:9000');
    expect(endpoint('http://minio:9000', 'true')).toBe('https://minio:9000');
    expect(endpoint('')).toBeUndefined();
  });

  it('takes the region of AWS_REGION', () => {
    expect(toStoreOptions('b', { AWS_REGION: 'eu-west-1' }).region).toBe('eu-west-1');
    expect(toStoreOptions('b', {}).region).toBeUndefined();
  });
});

describe('options', () => {
  it('refuses what is none, and what does not go with a client', () => {
    const client = new S3Client({ region: 'us-east-1' });
    for (const options of [
      { bucket: '' },
      { bucket: 'b', endpoint: 'minio:9000' },
      { bucket: 'b', endpoint: 'ftp://minio' },
      { bucket: 'b', endpoint: 'http://key:canary@minio' },
      { bucket: 'b', maxAttempts: 0 },
      { bucket: 'b', requestTimeoutMs: 1.5 },
      { bucket: 'b', requestTimeoutMs: 2 ** 31 },
      { bucket: 'b', client, region: 'us-east-1' },
      { bucket: 'b--use1-az4--x-s3' },
    ]) {
      expect(() => new S3FileStore(options), JSON.stringify(Object.keys(options))).toThrow(TypeError);
    }
    expect(() => new S3FileStore({ bucket: 'b', prefix: '../x' })).toThrow(expect.objectContaining({ code: 'invalid-path' }));
  });

  it('wants conditional deletes of AWS alone, unless it is told otherwise', () => {
    const claims = (options: object): boolean | undefined => new S3FileStore({ bucket: 'b', ...options }).capabilities.conditionalDelete;
    expect(claims({})).toBe(true);
    expect(claims({ endpoint: 'https://s3.eu-west-1.amazonaws.com' })).toBe(true);
    expect(claims({ endpoint: 'https://amazonaws.com.example.org' })).toBe(false);
    expect(claims({ endpoint: 'http://127.0.0.1:9000', conditionalDelete: true })).toBe(true);
    expect(claims({ client: new S3Client({ region: 'us-east-1' }) })).toBe(true);
    expect(claims({ client: new S3Client({ region: 'us-east-1', endpoint: 'http://127.0.0.1:9000' }) })).toBe(false);
  });

  it('sends checksums to AWS, and to others only where the protocol wants them', async () => {
    const calculation = async (endpoint?: string): Promise<string> =>
      await createS3Client({ endpoint, region: 'x' }).config.requestChecksumCalculation();
    expect(await calculation()).toBe('WHEN_SUPPORTED');
    expect(await calculation('http://127.0.0.1:9000')).toBe('WHEN_REQUIRED');
  });
});

it('says that the endpoint of the environment is no URL', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'no URL');
  const store = new S3FileStore({ bucket: 'b', region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  await expect(store.read('a')).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(/AWS_ENDPOINT_URL/) });
  await store.close();
  vi.unstubAllEnvs();
});

it.each([
  ['http://127.0.0.1:9000', false],
  ['https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com', true],
])('takes a server for what it is when the environment says that it is %s', async (endpoint, isAws) => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  await using store = new S3FileStore({ bucket: 'b', region: 'eu-west-1' });
  vi.unstubAllEnvs();
  expect(store.capabilities.conditionalDelete).toBe(isAws);
});
