import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { head, openOn } from './told-server.ts';

/** Answers a copy whose ETag is another one than that of its source, as of one in parts, and what is asked of the copy afterwards with `then`. */
function copying(then: (response: ServerResponse) => void): (response: ServerResponse, request: IncomingMessage) => void {
  return (response, { method, url }) => {
    if (method === 'PUT') {
      const result = '<CopyObjectResult><ETag>"made"</ETag><LastModified>2013-05-24T00:00:07.000Z</LastModified></CopyObjectResult>';
      response.writeHead(200).end(result);
    } else if (url?.endsWith('/source') === true) {
      response.writeHead(200, { ...head, etag: '"source-2"', 'content-length': '6', 'content-type': 'text/plain' }).end();
    } else {
      then(response);
    }
  };
}

const made = { path: 'copy', size: 6, version: 'made', contentType: 'text/plain' };

it('is told as what was made, though somebody has replaced the copy since', async () => {
  const theirs = { ...head, etag: '"theirs"', 'content-length': '99' };
  const { store } = await openOn(copying((response) => response.writeHead(200, theirs).end()));
  expect(await store.copy('source', 'copy')).toMatchObject(made);
});

it('is done when it was made, whatever becomes of the look at it', async () => {
  const { store } = await openOn(copying((response) => response.writeHead(403).end()));
  expect(await store.copy('source', 'copy')).toMatchObject(made);
  const controller = new AbortController();
  const aborted = await openOn(copying(() => controller.abort()));
  expect(await aborted.store.copy('source', 'copy', { signal: controller.signal })).toMatchObject(made);
});

it('is none when the server does not say what it made', async () => {
  const { store } = await openOn((response, { method }) => {
    response.writeHead(200, { ...head, 'content-length': method === 'PUT' ? '20' : '0' });
    response.end(method === 'PUT' ? '<CopyObjectResult/>\n' : '');
  });
  await expect(store.copy('source', 'copy')).rejects.toMatchObject({ code: 'unsupported' });
});
