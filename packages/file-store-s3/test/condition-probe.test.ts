import { expect, it } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer } from './honouring-server.ts';

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
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  await using store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true });
  const { version } = await store.write('file', '1', { ifAbsent: true });
  await store.delete('file', { ifVersion: version });
  expect(made.size).toBeGreaterThan(2);
  expect([...left]).toEqual([]);
});
