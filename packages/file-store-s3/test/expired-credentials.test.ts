import { expect, it } from 'vitest';
import type { S3FileStoreOptions } from '../src/index.ts';
import { head, openOn } from './told-server.ts';

/** A store whose provider of credentials does not say when they expire, unless it is told, on a server that takes only the second ones. */
async function openExpiring(isGiven: (call: number) => number, options: Partial<S3FileStoreOptions> = {}, expiration?: Date) {
  let calls = 0;
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const credentials = async () => {
    calls += 1;
    return { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: `token-${isGiven(calls)}`, ...(expiration && { expiration }) };
  };
  const opened = await openOn(
    async (response, { headers, method, url }) => {
      if (url?.includes('/late') === true) {
        arrived.resolve();
        await released.promise;
      }
      if (headers['x-amz-security-token'] === 'token-2') {
        const isPart = headers.range !== undefined;
        response.writeHead(isPart ? 206 : 200, {
          ...head,
          'content-length': isPart ? 1 : 8,
          ...(isPart ? { 'content-range': 'bytes 0-0/8' } : {}),
        });
        response.end(isPart ? 'c' : 'contents');
      } else {
        response.writeHead(400).end(method === 'HEAD' ? '' : '<Error><Code>ExpiredToken</Code><Message>no</Message></Error>');
      }
    },
    { credentials, ...options },
  );
  return { ...opened, calls: () => calls, answerLater: { arrived: arrived.promise, release: released.resolve } };
}

it.each([
  ['read', async (store) => expect(await store.read('file')).toBe('contents')],
  ['stat', async (store) => expect(await store.stat('file')).toMatchObject({ size: 8 })],
  ['write', async (store) => expect(await store.write('file', 'contents')).toMatchObject({ version: 'e' })],
] satisfies [string, (store: Awaited<ReturnType<typeof openOn>>['store']) => Promise<unknown>][])(
  'asks for credentials anew when the server takes them for expired: %s',
  async (_, run) => {
    const { store, calls } = await openExpiring((call) => call);
    await run(store);
    expect(calls()).toBe(2);
    await store.read('file');
    expect(calls()).toBe(2);
  },
);

it('goes on for all who were under way, though the provider has nothing newer than what the first of them was given', async () => {
  const { store, answerLater } = await openExpiring((call) => Math.min(call, 2), { maxAttempts: 1 });
  const late = store.read('late');
  await answerLater.arrived;
  expect(await store.read('file')).toBe('contents');
  answerLater.release();
  expect(await late).toBe('contents');
});

it('goes on with those that the provider gives by itself by then', async () => {
  let current = 1;
  const { store, answerLater } = await openExpiring(() => current, { maxAttempts: 1 }, new Date(Date.now() + 60_000));
  const late = store.read('late');
  await answerLater.arrived;
  current = 2;
  answerLater.release();
  expect(await late).toBe('contents');
});

it('says that they have expired when there are no others', async () => {
  const { store, calls } = await openExpiring(() => 1);
  await expect(store.read('file')).rejects.toMatchObject({ code: 'permission-denied', message: expect.stringContaining('renew them') });
  expect(calls()).toBe(2);
});
