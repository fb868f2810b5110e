import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import { describeWithServer } from '../src/describe-with-server.ts';
import { gcsSource, radosgwSource, s3Source } from '../src/index.ts';

for (const source of [s3Source, radosgwSource]) {
  describeWithServer(source, (server) => {
    it('answers, and lets nobody in without its keys', async () => {
      const { endpoint, bucket, accessKeyId, environment } = server();
      expect((await fetch(`${endpoint}/${bucket}`)).status).toBe(403);
      expect(Object.values(environment)).toEqual(expect.arrayContaining([endpoint, bucket, accessKeyId]));
    });
  });
}

describeWithServer(gcsSource, (server) => {
  it('answers with its bucket', async () => {
    const { endpoint, bucket, environment } = server();
    expect(await (await fetch(`${endpoint}/storage/v1/b/${bucket}`)).json()).toMatchObject({ name: bucket });
    expect(environment).toMatchObject({ OH_TEST_GCS_ENDPOINT: endpoint, OH_TEST_GCS_BUCKET: bucket });
  });

  it('serves clients that call it by the port of a proxy, and keeps them there', async () => {
    const { endpoint, bucket } = server();
    const send = async (method: string, path: string, body = ''): Promise<IncomingMessage> => {
      const sent = request(`${endpoint}${path}`, { method, headers: { Host: '127.0.0.1:1' } }).end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      return answer.resume();
    };
    const upload = `/upload/storage/v1/b/${bucket}/o?name=a`;
    expect((await send('POST', `${upload}&uploadType=media`, 'contents')).statusCode).toBe(200);
    expect((await send('GET', `/${bucket}/a`)).statusCode).toBe(200);
    expect((await send('POST', `${upload}&uploadType=resumable`, '{}')).headers.location).toMatch(/^http:\/\/127\.0\.0\.1:1\//);
  });
});
