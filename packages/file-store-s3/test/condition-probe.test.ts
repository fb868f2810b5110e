import { expect, it } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer } from './honouring-server.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

it('leaves no object of its trials', async () => {
  const made = new Set<string>();
  const left = new Set<string>();
  const endpoint = await startHonouringServer(({ method, url = '' }) => {
    const [, key] = /^\/b\/(\.oh-probe\/[^?]*)/.exec(url) ?? [];
    if (key !== undefined && method === 'PUT') {
      made.add(key);
      left.add(key);
    } else if (key !== undefined && method === 'DELETE') {
      left.delete(key);
    }
    return false;
  });
  await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true });
  const { version } = await store.write('file', '1', { ifAbsent: true });
  await store.delete('file', { ifVersion: version });
  expect(made.size).toBeGreaterThan(2);
  expect([...left]).toEqual([]);
});

it('fails as the server does that rations writes, then refuses what would show whether anybody else wins', async () => {
  const asked = new Map<string, number>();
  const endpoint = await startHonouringServer(({ method, url = '' }, response) => {
    const before = asked.get(url) ?? 0;
    asked.set(url, before + 1);
    if (method !== 'PUT' || before === 0) {
      return false;
    }
    const isRationed = before < 32;
    response.writeHead(isRationed ? 429 : 403).end(`<Error><Code>${isRationed ? 'TooManyRequests' : 'AccessDenied'}</Code></Error>`);
    return true;
  });
  await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, maxAttempts: 1 });
  await expect(store.write('file', '1', { ifAbsent: true })).rejects.toMatchObject({ code: 'permission-denied' });
  expect([...asked.keys()].filter((url) => !url.startsWith('/b/.oh-probe/'))).toEqual([]);
});
