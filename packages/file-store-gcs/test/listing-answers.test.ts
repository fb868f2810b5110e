import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeObject, openScripted, sendJson } from './scripted-gcs.ts';

beforeEach(() => {
  // No pause is longer than the server asks for.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => void vi.restoreAllMocks());

const listing = { kind: 'storage#objects' };

const listed = (name: string): Record<string, unknown> => describeObject('1', { name });

it('does not list for ever where the server gives the same page token again', async () => {
  const { store, arrived } = await openScripted((_, response) =>
    sendJson(response, { ...listing, items: [listed('a')], nextPageToken: 'same' }),
  );
  const error = { code: 'unsupported', path: 'dir', message: expect.stringContaining('same page token') };
  await expect(store.list('dir')).rejects.toMatchObject(error);
  expect(arrived).toHaveLength(2);
});

it('lists to the end over pages that are empty, or have directories only', async () => {
  const pages = [
    { nextPageToken: '1' },
    { prefixes: ['a/', 'b/'], nextPageToken: '2' },
    { items: [listed('c')], nextPageToken: '3' },
    { nextPageToken: '4' },
    { prefixes: ['d/'], items: [listed('e')], nextPageToken: '' },
  ];
  const { store } = await openScripted(({ url }, response) =>
    sendJson(response, { ...listing, ...pages[Number(url.searchParams.get('pageToken'))] }),
  );
  expect(await store.list()).toEqual(['a/', 'b/', 'c', 'd/', 'e']);
});

it.each([
  ['a page of HTML', 'text/html', '<html>'],
  ['nothing', 'application/json', ''],
  ['another value', 'application/json', '"x"'],
  ['null', 'application/json', 'null'],
  ['a list', 'application/json', '[]'],
  ['an object of another service', 'application/json', '{"message":"welcome"}'],
  ['objects that are no list', 'application/json', '{"kind":"storage#objects","items":{}}'],
])('does not take %s for an empty listing', async (_, contentType, body) => {
  const { store } = await openScripted((__, response) => response.writeHead(200, { 'content-type': contentType }).end(body));
  await expect(store.list()).rejects.toMatchObject({ code: 'unknown', message: expect.stringContaining('check that Google') });
});
