import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What a server does instead of answering as it should; `true` when it has done so. */
export type Trick = (request: IncomingMessage, response: ServerResponse, carryOut: () => void) => boolean;

/** A server on loopback that honours conditions on writes, copies and deletes, as AWS does and no server here. @returns Its endpoint. */
export async function startHonouringServer(trick: Trick = () => false): Promise<string> {
  const etags = new Map<string, string>();
  let writes = 0;
  const server = createServer(async (request, response) => {
    await buffer(request);
    const { method, headers } = request;
    const [path = ''] = (request.url ?? '').split('?');
    const present = etags.get(path);
    const carryOut = (): void => {
      if (method === 'PUT') {
        writes += 1;
        etags.set(
          path,
          headers['x-amz-copy-source'] === undefined ? `"${writes}"` : (etags.get(`/${headers['x-amz-copy-source']}`) ?? '"?"'),
        );
      } else if (method === 'DELETE') {
        etags.delete(path);
      }
    };
    if (trick(request, response, carryOut)) {
      return;
    }
    const wanted = headers['if-match'];
    const status =
      headers['if-none-match'] === '*' && present !== undefined
        ? 412
        : wanted !== undefined && present !== undefined && wanted !== present
          ? 412
          : present === undefined && (wanted !== undefined || method === 'HEAD' || method === 'GET')
            ? 404
            : 200;
    if (status !== 200) {
      response
        .writeHead(status)
        .end(method === 'HEAD' ? '' : `<Error><Code>${status === 404 ? 'NoSuchKey' : 'PreconditionFailed'}</Code></Error>`);
      return;
    }
    carryOut();
    const etag = etags.get(path) ?? present ?? '';
    const body = headers['x-amz-copy-source'] === undefined ? '' : `<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>`;
    response.writeHead(method === 'DELETE' ? 204 : 200, {
      etag,
      'last-modified': 'Fri, 24 May 2013 00:00:00 GMT',
      ...(method === 'DELETE' ? {} : { 'content-length': body.length }),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
