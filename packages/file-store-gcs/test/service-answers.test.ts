import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeObject, openScripted, refuse, sendJson } from './scripted-gcs.ts';

beforeEach(() => {
  // No pause is longer than the server asks for.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => void vi.restoreAllMocks());

it('says of a file that is retained that no role is missing', async () => {
  for (const reason of ['retentionPolicyNotMet', 'objectUnderActiveHold']) {
    const { store } = await openScripted((_, response) => refuse(response, 403, reason, 'It is retained until tomorrow.'));
    const error = { code: 'permission-denied', retryable: false, message: expect.not.stringContaining('role Storage Object User') };
    await expect(store.write('file', 'x')).rejects.toMatchObject(error);
    await expect(store.delete('file', { ifVersion: '1' })).rejects.toMatchObject(error);
  }
});

it.each(['x-goog-generation', 'x-goog-stored-content-length'])('does not read what has no %s', async (missing) => {
  const headers = {
    'x-goog-meta-oh.write': 'id',
    'x-goog-generation': '1',
    'x-goog-stored-content-length': '1',
    'last-modified': 'Fri, 24 May 2013 00:00:00 GMT',
  };
  const { store } = await openScripted((_, response) => {
    response.writeHead(200, Object.fromEntries(Object.entries(headers).filter(([name]) => name !== missing))).end('x');
  });
  await expect(store.read('file')).rejects.toMatchObject({ code: 'unknown' });
});

it('goes on with a copy that takes several requests until it is done', async () => {
  const tokens: (string | null)[] = [];
  const { store, arrived } = await openScripted(({ method, url }, response) => {
    if (method === 'GET') {
      sendJson(response, describeObject('7', { contentType: 'text/x', cacheControl: 'no-store' }));
      return;
    }
    tokens.push(url.searchParams.get('rewriteToken'));
    if (tokens.length === 2) {
      refuse(response, 503, 'backendError');
    } else {
      sendJson(
        response,
        tokens.length < 5 ? { done: false, rewriteToken: `t${tokens.length}` } : { done: true, resource: describeObject('8') },
      );
    }
  });
  expect((await store.copy('file', 'to', { ifAbsent: true })).version).toBe('8');
  expect(tokens).toEqual([null, 't1', 't1', 't3', 't4']);
  const { url, body } = arrived.at(-1) as (typeof arrived)[number];
  expect([url.searchParams.get('sourceGeneration'), url.searchParams.get('ifGenerationMatch')]).toEqual(['7', '0']);
  expect(JSON.parse(body.toString())).toMatchObject({ contentType: 'text/x', cacheControl: 'no-store' });
});

it('begins a copy anew that replaces something else than what an attempt before it would have', async () => {
  const asked: (string | null)[][] = [];
  const { store } = await openScripted(({ method, url }, response) => {
    if (method === 'GET') {
      sendJson(response, describeObject('7'));
      return;
    }
    const { searchParams } = url;
    asked.push([searchParams.get('rewriteToken'), searchParams.get('ifGenerationMatch')]);
    if (asked.length === 2 || asked.length === 4) {
      refuse(response, 503, 'backendError');
    } else {
      sendJson(
        response,
        asked.length < 6 ? { done: false, rewriteToken: `t${asked.length}` } : { done: true, resource: describeObject('8') },
      );
    }
  });
  expect((await store.copy('file', 'to')).version).toBe('8');
  expect(asked).toEqual([
    [null, null],
    ['t1', null],
    [null, '7'],
    ['t3', '7'],
    ['t3', '7'],
    ['t5', '7'],
  ]);
});

it('names a file of every character in the address as it is', async () => {
  const path = `a b/%2e%2E/é😀/?#[]@!$&'()*+,;=:~|^"<>\\{}`;
  const { store, arrived } = await openScripted((_, response) => refuse(response, 404, 'notFound', 'No such object: bucket/x'));
  expect(await store.exists(path)).toBe(false);
  await expect(store.read(path)).rejects.toMatchObject({ code: 'not-found' });
  await expect(store.copy('from', path)).rejects.toMatchObject({ code: 'not-found' });
  await expect(store.write(path, 'x')).rejects.toMatchObject({ code: 'unavailable' });
  const paths = arrived.map(({ url }) => url.pathname);
  expect(decodeURIComponent(paths[0]?.split('/').at(-1) ?? '')).toBe(path);
  const read = arrived.find(({ url }) => url.pathname.startsWith('/bucket/'));
  expect(decodeURIComponent(read?.url.pathname.slice('/bucket/'.length) ?? '')).toBe(path);
  expect(arrived.find(({ method }) => method === 'POST')?.url.searchParams.get('name')).toBe(path);
});

it.each([
  ['no body', 'text/plain', ''],
  ['a page of HTML', 'text/html', '<html>Not Found</html>'],
  ['another value', 'application/json', '{"detail":"Not Found"}'],
])('does not take a 404 with %s, which is not of the service, for a missing file', async (_, contentType, body) => {
  const { store } = await openScripted(({ method }, response) => {
    if (method === 'POST') {
      sendJson(response, describeObject('1'));
    } else {
      response.writeHead(404, { 'content-type': contentType }).end(body);
    }
  });
  await store.write('file', 'x');
  const error = { code: 'unknown', message: expect.stringContaining('check that Google Cloud Storage answers') };
  for (const looking of [
    () => store.read('file'),
    () => store.stat('file'),
    () => store.exists('file'),
    () => store.copy('file', 'to'),
    () => store.delete('file'),
    () => store.delete('file', { ifVersion: '1' }),
  ]) {
    await expect(looking()).rejects.toMatchObject(error);
  }
});

it.each([
  ['NoSuchKey', 'not-found'],
  ['NoSuchBucket', 'unavailable'],
])('understands %s that is packed', async (code, expected) => {
  const body = gzipSync(`<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>It is not there.</Message></Error>`);
  const { store } = await openScripted(({ method }, response) => {
    if (method === 'POST') {
      sendJson(response, describeObject('1'));
    } else {
      response.writeHead(404, { 'content-type': 'application/xml', 'content-encoding': 'gzip' }).end(body);
    }
  });
  await store.write('file', 'x');
  await expect(store.read('file')).rejects.toMatchObject({ code: expected });
});

it('says what the status is of an error whose packed text is damaged', async () => {
  const { store } = await openScripted((_, response) => response.writeHead(403, { 'content-encoding': 'gzip' }).end('no gzip'));
  await expect(store.read('file')).rejects.toMatchObject({
    code: 'permission-denied',
    message: expect.stringContaining('HTTP status 403'),
  });
});
