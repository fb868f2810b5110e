import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeObject, openScripted, refuse, type Script, sendJson } from './scripted-gcs.ts';

beforeEach(() => {
  // No pause is longer than the server asks for.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => void vi.restoreAllMocks());

it('says that a write may have been made when it could not look', async () => {
  const answers: Script[] = [(_, response) => response.destroy(), (_, response) => refuse(response, 412, 'conditionNotMet')];
  const script: Script = (request, response) =>
    request.method === 'POST' ? answers.shift()?.(request, response) : refuse(response, 403, 'forbidden');
  const { store } = await openScripted(script);
  const isOpen = { code: 'permission-denied', message: expect.stringContaining('not known') };
  await expect(store.write('file', 'x', { ifVersion: '1' })).rejects.toMatchObject(isOpen);
  answers.unshift((_, response) => response.destroy());
  await expect(store.write('file', 'x')).rejects.toMatchObject(isOpen);
});

/** The mark in the description of an object that is to be written. */
const markIn = (body: Buffer): string | undefined => /"oh\.write":"([^"]+)"/.exec(body.toString())?.[1];

it.each<[string, Script]>([
  ['is lost', (_, response) => response.destroy()],
  ['is no JSON', (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"gener')],
  ['describes no object', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
])('has written what the service has, also when the answer %s, unless it has other contents', async (_, answer) => {
  const isDamaged = { code: 'corrupt', retryable: false, message: expect.not.stringContaining('not known') };
  for (const condition of [{}, { ifAbsent: true }]) {
    let mark: string | undefined;
    let crc32c = 'qTxfkw==';
    const { store } = await openScripted((request, response) => {
      if (request.method === 'POST') {
        mark = markIn(request.body);
        answer(request, response);
      } else {
        sendJson(response, describeObject('2', { crc32c, metadata: { 'oh.write': mark } }));
      }
    });
    expect((await store.write('file', 'x', condition)).version).toBe('2');
    crc32c = 'AAAAAA==';
    await expect(store.write('file', 'x', condition)).rejects.toMatchObject(isDamaged);
  }
});

it('says of a write that was never made no more than why', async () => {
  const answers: Script[] = [
    (_, response) => refuse(response, 429, 'rateLimitExceeded'),
    (_, response) => refuse(response, 403, 'forbidden'),
    (_, response) => refuse(response, 503, 'backendError'),
  ];
  const { store } = await openScripted((request, response) => answers.shift()?.(request, response), 2);
  const isNotOpen = { code: 'permission-denied', message: expect.not.stringContaining('not known') };
  await expect(store.write('file', 'x', { ifVersion: '1' })).rejects.toMatchObject(isNotOpen);
  answers.unshift((_, response) => refuse(response, 429, 'rateLimitExceeded'));
  // It is the look before the second attempt that fails.
  await expect(store.write('file', 'x')).rejects.toMatchObject({ code: 'unavailable', message: expect.not.stringContaining('not known') });
  expect(answers).toEqual([]);
});

it('is ended by an abort in the look at what an answer that was lost has left', async () => {
  const controller = new AbortController();
  const { store } = await openScripted(({ method }, response) => {
    if (method === 'POST') {
      response.destroy();
    } else {
      controller.abort(new Error('enough'));
    }
  }, 1);
  await expect(store.write('file', 'x', { ifVersion: '1', signal: controller.signal })).rejects.toThrow('enough');
});

it('looks once at what an answer that was lost has left where the next one is refused', async () => {
  const answers: Script[] = [(_, response) => response.destroy(), (_, response) => refuse(response, 403, 'forbidden')];
  let looks = 0;
  const { store } = await openScripted((request, response) => {
    if (request.method === 'POST') {
      answers.shift()?.(request, response);
    } else {
      looks += 1;
      sendJson(response, describeObject('3'));
    }
  });
  const isOpen = { code: 'permission-denied', message: expect.stringContaining('not known') };
  await expect(store.write('file', 'x', { ifVersion: '1' })).rejects.toMatchObject(isOpen);
  expect(looks).toBe(1);
});

it('says that a delete may have been done when the version is gone after a lost answer', async () => {
  for (const status of [404, 412]) {
    const answers: Script[] = [
      (_, response) => response.destroy(),
      (_, response) => refuse(response, status, 'whatever', 'No such object: bucket/file'),
    ];
    const { store } = await openScripted((request, response) => answers.shift()?.(request, response));
    const open = { code: 'unavailable', retryable: false, message: expect.stringContaining('gone: by this call or by another one') };
    await expect(store.delete('file', { ifVersion: '1' })).rejects.toMatchObject(open);
  }
});

it('says that a delete may have been done when a later attempt is refused', async () => {
  const answers: Script[] = [(_, response) => response.destroy(), (_, response) => refuse(response, 403, 'forbidden')];
  const { store } = await openScripted((request, response) => answers.shift()?.(request, response));
  const open = { code: 'permission-denied', message: expect.stringContaining('not known') };
  await expect(store.delete('file', { ifVersion: '1' })).rejects.toMatchObject(open);
});

it.each([429, 403, 408, 500, 503])('after %i and then 412 says that it lost, or that nobody knows', async (status) => {
  for (const ask of ['write', 'delete'] as const) {
    let asked = 0;
    const { store } = await openScripted(({ method }, response) => {
      if (method === 'GET') {
        sendJson(response, describeObject('2'));
      } else if (++asked === 1) {
        refuse(response, status, status === 403 ? 'rateLimitExceeded' : 'whatever');
      } else {
        refuse(response, 412, 'conditionNotMet');
      }
    });
    const running = ask === 'write' ? store.write('file', 'x', { ifVersion: '1' }) : store.delete('file', { ifVersion: '1' });
    await expect(running).rejects.toMatchObject(
      status === 429 || status === 403
        ? { code: 'version-mismatch' }
        : { code: 'unavailable', retryable: false, message: expect.stringMatching(/or was another one before|or by another one/) },
    );
    expect(asked).toBe(2);
  }
});
