import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';

const listing =
  '<ListBucketResult><IsTruncated>false</IsTruncated>' +
  ['a', 'b'].map((name) => `<Contents><Key>dir/${name}</Key><ETag>"e"</ETag><Size>1</Size></Contents>`).join('') +
  '</ListBucketResult>';
const missing = '<Error><Code>MissingContentMD5</Code><Message>Missing required header for this request: Content-Md5.</Message></Error>';

it('deletes a directory on a server that takes no other checksum of DeleteObjects than Content-MD5, as MinIO before 2025 and Dell ECS', async () => {
  const deleted: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.method === 'GET') {
      response.end(listing);
    } else if (request.headers['content-md5'] === createHash('md5').update(body).digest('base64')) {
      deleted.push(...Array.from(body.toString().matchAll(/<Key>([^<]+)/g), ([, key = '']) => key));
      response.end('<DeleteResult/>');
    } else {
      response.writeHead(400).end(missing);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new S3FileStore({ bucket: 'bucket', endpoint, credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } });
  onTestFinished(async () => {
    await store.close();
    server.closeAllConnections();
  });
  await store.delete('dir');
  expect(deleted).toEqual(['dir', 'dir/a', 'dir/b']);
});
