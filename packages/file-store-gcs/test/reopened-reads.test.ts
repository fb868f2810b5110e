import assert from 'node:assert/strict';
import { it } from 'vitest';
import { openScripted, refuse, sendJson } from './scripted-gcs.ts';

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

it('opens a file of another program anew when it is replaced before its metadata are asked for', async () => {
  let opened = 0;
  const { store } = await openScripted(({ url }, response) => {
    const described = url.searchParams.get('generation');
    if (described === '1') {
      refuse(response, 404, 'notFound');
    } else if (described !== null) {
      sendJson(response, { name: 'file', generation: described, size: '3', updated: '2026-01-01T00:00:00Z' });
    } else {
      opened += 1;
      const headers = { 'x-goog-generation': opened, 'x-goog-stored-content-length': 3, 'last-modified': 'Fri, 24 May 2013 00:00:00 GMT' };
      response.writeHead(200, { 'content-length': 3, ...headers }).end(opened === 1 ? 'old' : 'new');
    }
  });
  const file = await store.open('file');
  assert.equal(file.info.version, '2');
  assert.equal(await file.text(), 'new');
});
