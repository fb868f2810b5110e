import crypto, { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { S3FileStore } from '../src/index.ts';

const listing =
  '<ListBucketResult><IsTruncated>false</IsTruncated>' +
  ['a', 'b'].map((name) => `<Contents><Key>dir/${name}</Key><ETag>"e"</ETag><Size>1</Size></Contents>`).join('') +
  '</ListBucketResult>';
const missing = '<Error><Code>MissingContentMD5</Code><Message>Missing required header for this request: Content-Md5.</Message></Error>';

/** A server with a directory of two files. @param accepts Whether it takes a request that deletes them. @returns Its endpoint, and the keys that were deleted. */
async function startWithDirectory(
  accepts: (headers: IncomingHttpHeaders, body: Buffer) => boolean,
): Promise<{ readonly endpoint: string; readonly deleted: string[] }> {
  const deleted: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.method === 'GET') {
      response.end(listing);
    } else if (accepts(request.headers, body)) {
      deleted.push(...Array.from(body.toString().matchAll(/<Key>([^<]+)/g), ([, key = '']) => key));
      response.end('<DeleteResult/>');
    } else {
      response.writeHead(400).end(missing);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, deleted };
}

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const hasMd5 = (headers: IncomingHttpHeaders, body: Buffer): boolean =>
  headers['content-md5'] === createHash('md5').update(body).digest('base64');

it.each(['option', 'environment'])(
  'deletes a directory on a server of the %s that takes no other checksum of DeleteObjects than Content-MD5, as MinIO before 2025 and Dell ECS',
  async (where) => {
    const { endpoint, deleted } = await startWithDirectory(hasMd5);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
    onTestFinished(() => void vi.unstubAllEnvs());
    const place = where === 'option' ? { endpoint } : { region: 'eu-west-1', forcePathStyle: true };
    await using store = new S3FileStore({ bucket: 'bucket', credentials, ...place });
    await store.delete('dir');
    expect(deleted).toEqual(['dir', 'dir/a', 'dir/b']);
  },
);

it.each([
  ['profile', (url: string) => `[profile elsewhere]\nendpoint_url = ${url}\n`],
  [
    'services section of the profile',
    (url: string) => `[profile elsewhere]\nservices = own\n\n[services own]\ns3 =\n  endpoint_url = ${url}\n`,
  ],
])('deletes a directory on such a server that the %s names', async (_, config) => {
  const { endpoint, deleted } = await startWithDirectory(hasMd5);
  const file = join(await mkdtemp(join(tmpdir(), 'oh-s3-')), 'config');
  onTestFinished(() => rm(dirname(file), { recursive: true }));
  await writeFile(file, config(endpoint));
  vi.stubEnv('AWS_CONFIG_FILE', file);
  vi.stubEnv('AWS_PROFILE', 'elsewhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  await using store = new S3FileStore({ bucket: 'bucket', credentials, region: 'eu-west-1', forcePathStyle: true });
  await store.delete('dir');
  expect(deleted).toEqual(['dir', 'dir/a', 'dir/b']);
});

it('deletes a directory without MD5 where Node has none, in FIPS mode', async () => {
  const { endpoint, deleted } = await startWithDirectory((headers) => headers['x-amz-checksum-crc32'] !== undefined);
  const { getFips } = crypto;
  crypto.getFips = () => 1;
  syncBuiltinESMExports();
  onTestFinished(() => {
    crypto.getFips = getFips;
    syncBuiltinESMExports();
  });
  await using store = new S3FileStore({ bucket: 'bucket', endpoint, credentials });
  await store.delete('dir');
  expect(deleted).toEqual(['dir', 'dir/a', 'dir/b']);
});
