import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { learnTarget } from '../src/direct-target.ts';

it('leaves endpoints to the SDK that want another signature than Version 4, or headers of their own', async () => {
  const url = new URL('http://127.0.0.1:9');
  const learn = async (name: string, headers: Record<string, string[]> = {}): Promise<unknown> => {
    const client = new S3Client({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      maxAttempts: 1,
      endpointProvider: () => ({
        url,
        headers,
        properties: { authSchemes: [{ name, signingName: 's3', signingRegion: 'eu-west-1', properties: {} }] },
      }),
    });
    const target = learnTarget(client);
    await client.send(new HeadBucketCommand({ Bucket: 'bucket' })).catch(() => undefined);
    client.destroy();
    return target();
  };
  expect(await learn('sigv4')).toMatchObject({ origin: url.origin, region: 'eu-west-1', service: 's3' });
  expect(await learn('sigv4a')).toBeUndefined();
  expect(await learn('sigv4', { 'x-more': ['than Version 4'] })).toBeUndefined();
});
