import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Crc32c } from '../src/crc32c.ts';
import { describeObject, openScripted, refuse, type Script, sendJson } from './scripted-gcs.ts';

beforeEach(() => {
  // No pause is longer than the server asks for.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => void vi.restoreAllMocks());

const mebibyte = 1024 * 1024;
const contents = Buffer.alloc(17 * mebibyte, 'contents');

/** A service that keeps what arrives; `answer` may answer a part or a question in its place. */
async function openUploading(answer: Script): Promise<Awaited<ReturnType<typeof openScripted>> & { readonly kept: () => Buffer }> {
  let kept = Buffer.alloc(0);
  const opened = await openScripted((request, response) => {
    const { method, url, headers, body } = request;
    if (method === 'POST') {
      response.writeHead(200, { location: `${url.origin}/session` }).end();
      return;
    }
    const start = /^bytes (\d+)-/.exec(String(headers['content-range']))?.[1];
    if (start !== undefined) {
      kept = Buffer.concat([kept.subarray(0, Number(start)), body]);
    }
    answer(request, response);
  }, 4);
  return { ...opened, kept: () => kept };
}

function sendProgress(response: Parameters<Script>[1], bytes: number): void {
  response.writeHead(308, bytes === 0 ? {} : { range: `bytes=0-${bytes - 1}` }).end();
}

function checksumOf(bytes: Uint8Array): string {
  const checksum = new Crc32c();
  checksum.update(bytes);
  return checksum.toString();
}

it('ends an upload of which the service has all bytes, and which it has not ended', async () => {
  const ranges: string[] = [];
  const crc32c = checksumOf(contents);
  const { store, kept } = await openUploading(({ headers }, response) => {
    const range = String(headers['content-range']);
    ranges.push(range);
    if (range === `bytes */${contents.byteLength}`) {
      expect(headers['x-goog-hash']).toBe(`crc32c=${crc32c}`);
      sendJson(response, describeObject('5', { size: String(contents.byteLength), crc32c }));
    } else if (range.endsWith(`/${contents.byteLength}`)) {
      refuse(response, 503, 'backendError');
    } else {
      sendProgress(response, range === 'bytes */*' ? contents.byteLength : 16 * mebibyte);
    }
  });
  expect((await store.write('file', contents)).version).toBe('5');
  expect(kept().equals(contents)).toBe(true);
  expect(ranges).toEqual([
    `bytes 0-${16 * mebibyte - 1}/*`,
    `bytes ${16 * mebibyte}-${contents.byteLength - 1}/${contents.byteLength}`,
    'bytes */*',
    `bytes */${contents.byteLength}`,
  ]);
});

it('gives up an upload that the service never ends, or of which it has more than it was sent', async () => {
  const never = await openUploading(({ headers }, response) => {
    sendProgress(response, String(headers['content-range']).startsWith('bytes 0-') ? 16 * mebibyte : contents.byteLength);
  });
  await expect(never.store.write('file', contents, { ifAbsent: true })).rejects.toMatchObject({ code: 'unavailable' });
  expect(never.arrived.length).toBeLessThan(15);
  const more = await openUploading((_, response) => sendProgress(response, 16 * mebibyte + 1));
  await expect(more.store.write('file', contents)).rejects.toMatchObject({ code: 'unknown' });
});

it('sends a part again of which the service has nothing, and never what it no longer has', async () => {
  let asked = 0;
  const { store, kept } = await openUploading(({ headers }, response) => {
    asked += 1;
    if (String(headers['content-range']).endsWith(`/${contents.byteLength}`)) {
      sendJson(response, describeObject('5', { size: String(contents.byteLength) }));
    } else {
      sendProgress(response, asked <= 2 ? 0 : 16 * mebibyte);
    }
  });
  await store.write('file', contents);
  expect(kept().equals(contents)).toBe(true);
  const lossy = await openUploading(({ headers }, response) => {
    sendProgress(response, String(headers['content-range']).startsWith('bytes 0-') ? 16 * mebibyte : 0);
  });
  await expect(lossy.store.write('file', contents)).rejects.toMatchObject({ code: 'unavailable' });
});

it.each([404, 410])('ends with %i of a lost session, and knows whether it had won', async (status) => {
  for (const isOurs of [true, false]) {
    let mark = '';
    const opened = await openScripted(({ method, url, headers, body }, response) => {
      if (method === 'POST') {
        mark = JSON.parse(body.toString()).metadata['oh.write'];
        response.writeHead(200, { location: `${url.origin}/session` }).end();
      } else if (method === 'GET') {
        sendJson(response, describeObject('6', isOurs ? { metadata: { 'oh.write': mark } } : {}));
      } else if (String(headers['content-range']).endsWith(`/${contents.byteLength}`)) {
        response.destroy();
      } else if (headers['content-range'] === 'bytes */*' || method === 'DELETE') {
        response.writeHead(status).end();
      } else {
        sendProgress(response, 16 * mebibyte);
      }
    });
    const writing = opened.store.write('file', contents, { ifAbsent: true });
    await (isOurs
      ? expect(writing).resolves.toMatchObject({ version: '6' })
      : expect(writing).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/forgotten the upload.* not known/) }));
  }
});

it('has written what the service has, also when the last answer describes no object, unless it has other contents', async () => {
  let mark = '';
  let crc32c = checksumOf(contents);
  const { store, arrived } = await openScripted(({ method, url, headers, body }, response) => {
    if (method === 'POST') {
      mark = JSON.parse(body.toString()).metadata['oh.write'];
      response.writeHead(200, { location: `${url.origin}/session` }).end();
    } else if (method === 'GET') {
      sendJson(response, describeObject('6', { crc32c, metadata: { 'oh.write': mark } }));
    } else if (String(headers['content-range']).endsWith(`/${contents.byteLength}`)) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    } else {
      sendProgress(response, 16 * mebibyte);
    }
  });
  expect((await store.write('file', contents)).version).toBe('6');
  expect(arrived.map(({ method }) => method)).toEqual(['POST', 'PUT', 'PUT', 'GET']);
  crc32c = 'AAAAAA==';
  await expect(store.write('file', contents)).rejects.toMatchObject({ code: 'corrupt' });
});

it('knows that an upload was not made whose last part was never sent', async () => {
  const { store } = await openUploading((_, response) => refuse(response, 503, 'backendError'));
  const isNotOpen = { code: 'unavailable', retryable: true, message: expect.not.stringContaining('not known') };
  await expect(store.write('file', contents)).rejects.toMatchObject(isNotOpen);
});
