import { afterEach, describe, expect, it, vi } from 'vitest';
import { gcsSource, radosgwSource, s3Source } from '../src/index.ts';

describe('a server that the environment gives', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is used as it is: S3', async () => {
    vi.stubEnv('OH_TEST_S3_ENDPOINT', 'https://s3.example/');
    vi.stubEnv('OH_TEST_S3_ACCESS_KEY_ID', 'id');
    vi.stubEnv('OH_TEST_S3_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('OH_TEST_S3_REGION', 'eu-central-1');
    vi.stubEnv('OH_TEST_S3_BUCKET', 'mine');
    expect(s3Source.name).toBe('OH_TEST_S3_ENDPOINT');
    expect(s3Source.missing()).toBeUndefined();
    expect(await s3Source.start()).toMatchObject({
      endpoint: 'https://s3.example',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      region: 'eu-central-1',
      bucket: 'mine',
    });
  });

  it('needs keys: S3', () => {
    vi.stubEnv('OH_TEST_S3_ENDPOINT', 'https://s3.example');
    vi.stubEnv('OH_TEST_S3_ACCESS_KEY_ID', '');
    expect(() => s3Source.missing()).toThrow(
      'OH_TEST_S3_ENDPOINT is set: set OH_TEST_S3_ACCESS_KEY_ID and OH_TEST_S3_SECRET_ACCESS_KEY, too',
    );
  });

  it('is used as it is, with defaults: GCS', async () => {
    vi.stubEnv('OH_TEST_GCS_ENDPOINT', 'https://storage.example');
    vi.stubEnv('OH_TEST_GCS_BUCKET', '');
    vi.stubEnv('OH_TEST_GCS_PROJECT_ID', '');
    expect(gcsSource.missing()).toBeUndefined();
    expect(await gcsSource.start()).toMatchObject({ endpoint: 'https://storage.example', bucket: 'oh-test', projectId: 'oh-test' });
  });
});

describe('a server that cannot be started', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('names the program that is missing and what brings it: radosgw', () => {
    vi.stubEnv('OH_TEST_RADOSGW_ENDPOINT', '');
    vi.stubEnv('PATH', '/nowhere');
    expect(radosgwSource.missing()).toBe(
      'ceph-mon is missing: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common',
    );
  });
});
