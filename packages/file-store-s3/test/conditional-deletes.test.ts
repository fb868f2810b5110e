import { expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer, type Trick } from './honouring-server.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

/** A store on a server that honours conditions on deletes, and does something else where `trick` says so, outside of trials. */
async function open(trick: Trick = () => false): Promise<S3FileStore> {
  const endpoint = await startHonouringServer((request, response, carryOut) =>
    request.url?.includes('.oh-probe') === true ? false : trick(request, response, carryOut),
  );
  const store = new S3FileStore({ bucket: 'b', endpoint, credentials, conditionalDelete: true, maxAttempts: 2 });
  onTestFinished(() => store.close());
  return store;
}

const accessDenied = '<Error><Code>AccessDenied</Code></Error>';

it('delete the version that was given, and no other one', async () => {
  const store = await open();
  const { version } = await store.write('file', '1');
  const newer = await store.write('file', '2');
  await expect(store.delete('file', { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch', path: 'file' });
  expect((await store.stat('file')).version).toBe(newer.version);
  await store.delete('file', { ifVersion: newer.version });
  expect(await store.exists('file')).toBe(false);
  await expect(store.delete('file', { ifVersion: newer.version })).rejects.toMatchObject({ code: 'version-mismatch', path: 'file' });
});

it('fail as the server does', async () => {
  const store = await open(({ method }, response) => {
    if (method === 'DELETE') {
      response.writeHead(403).end(accessDenied);
    }
    return method === 'DELETE';
  });
  const { version } = await store.write('file', '1');
  await expect(store.delete('file', { ifVersion: version })).rejects.toMatchObject({ code: 'permission-denied' });
  await expect(store.move('file', 'moved')).rejects.toMatchObject({ code: 'permission-denied', path: 'file' });
  expect([await store.exists('file'), await store.exists('moved')]).toEqual([true, true]);
});

it.each(['gone', 'another one'])('do not say who has deleted a file that is %s when an answer was lost', async (what) => {
  let deletions = 0;
  const store = await open(({ method }, response, carryOut) => {
    deletions += method === 'DELETE' ? 1 : 0;
    if (method !== 'DELETE' || deletions > 1) {
      return false;
    }
    carryOut();
    const changing = what === 'gone' ? Promise.resolve() : store.write('file', 'anew');
    changing.finally(() => response.destroy());
    return true;
  });
  const { version } = await store.write('file', '1');
  await store.stat('file');
  await expect(store.delete('file', { ifVersion: version })).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(deletions).toBe(2);
  expect(await store.exists('file')).toBe(what !== 'gone');
});

it('leave at the source of a move what was written there after the copy', async () => {
  const conditions: unknown[] = [];
  const store = await open(({ method, headers }, response, carryOut) => {
    if (method === 'DELETE') {
      conditions.push(headers['if-match']);
    }
    if (method !== 'PUT' || headers['x-amz-copy-source'] === undefined) {
      return false;
    }
    carryOut();
    store.write('from', 'anew').then(
      () => response.writeHead(200).end('<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>'),
      () => response.destroy(),
    );
    return true;
  });
  const { version } = await store.write('from', 'old');
  await store.move('from', 'to');
  expect(conditions).toEqual([`"${version}"`]);
  expect([await store.exists('from'), await store.exists('to')]).toEqual([true, true]);
});

it('come after a copy alone: a source that is replaced each time is not moved', async () => {
  let copies = 0;
  const store = await open(({ headers }, response) => {
    const isCopy = headers['x-amz-copy-source'] !== undefined;
    if (isCopy) {
      copies += 1;
      response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>');
    }
    return isCopy;
  });
  await store.write('from', 'old');
  await expect(store.move('from', 'to')).rejects.toMatchObject({ code: 'unavailable', retryable: true, path: 'from' });
  expect(copies).toBeGreaterThan(1);
  expect(await store.exists('from')).toBe(true);
});

it('do not say who has deleted a file that is gone when an answer was lost and then the credentials had expired', async () => {
  let deletions = 0;
  let tokens = 0;
  const endpoint = await startHonouringServer(({ method, url }, response, carryOut) => {
    if (method !== 'DELETE' || url?.includes('.oh-probe') === true) {
      return false;
    }
    deletions += 1;
    if (deletions === 1) {
      carryOut();
      response.destroy();
    } else if (deletions === 2) {
      response.writeHead(400).end('<Error><Code>ExpiredToken</Code></Error>');
    }
    return deletions <= 2;
  });
  const renewed = async () => ({ ...credentials, sessionToken: `token-${tokens++}` });
  const store = new S3FileStore({ bucket: 'b', endpoint, credentials: renewed, conditionalDelete: true, maxAttempts: 2 });
  onTestFinished(() => store.close());
  const { version } = await store.write('file', '1');
  await expect(store.delete('file', { ifVersion: version })).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(deletions).toBe(3);
});
