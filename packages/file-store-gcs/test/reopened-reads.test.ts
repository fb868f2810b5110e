import assert from 'node:assert/strict';
import { it } from 'vitest';
import { openScripted } from './scripted-gcs.ts';

const size = 1_000_000;

it('never goes on with another generation than it began with', async () => {
  const { store } = await openScripted(({ headers, url }, response) => {
    const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1]);
    const isReopened = url.searchParams.has('generation');
    response.writeHead(206, {
      'content-length': size - start,
      'content-range': `bytes ${start}-${size - 1}/${size}`,
      'x-goog-generation': isReopened ? '2' : '1',
      'x-goog-stored-content-length': size,
      'x-goog-meta-oh.write': 'id',
      'last-modified': 'Fri, 24 May 2013 00:00:00 GMT',
    });
    if (isReopened) {
      response.end(Buffer.alloc(size - start));
    } else {
      response.write(Buffer.alloc(1000), () => response.destroy());
    }
  });
  await assert.rejects(store.readBytes('file', { range: { start: 500_000 } }), { code: 'unknown', message: /generation 2 .*instead of 1/ });
});
