import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import { S3FileStore, type S3FileStoreOptions } from '../src/index.ts';

/** A request as it came, and whether the SDK made it. */
export interface Arrived {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly isOfSdk: boolean;
}

/** A store on a server that answers as it is told, and what came there after its first request. */
export async function openOn(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  options: Partial<S3FileStoreOptions> = {},
): Promise<{ readonly store: S3FileStore; readonly arrived: readonly Arrived[] }> {
  const arrived: Arrived[] = [];
  let isFirst = true;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (isFirst) {
        isFirst = false;
        response.writeHead(200, head).end();
        return;
      }
      const { method, url, headers } = request;
      arrived.push({ method, url, headers, isOfSdk: headers['amz-sdk-invocation-id'] !== undefined });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' };
  const store = new S3FileStore({ bucket: 'bucket', region: 'eu-west-1', forcePathStyle: true, credentials, maxAttempts: 3, ...options });
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await store.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await store.stat('first');
  return { store, arrived };
}

/** The head of an answer about an empty object. */
export const head = { etag: '"e"', 'content-length': '0', 'last-modified': 'Fri, 24 May 2013 00:00:00 GMT' };

/** Answers with an object that has this body. */
export function answerWith(body: string, headers: Record<string, string> = {}): (response: ServerResponse) => void {
  return (response) => response.writeHead(200, { ...head, 'content-length': String(Buffer.byteLength(body)), ...headers }).end(body);
}
