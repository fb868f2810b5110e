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
      status === 429 || status === 403 ? { code: 'version-mismatch' } : { code: 'unavailable', retryable: false },
    );
    expect(asked).toBe(2);
  }
});
