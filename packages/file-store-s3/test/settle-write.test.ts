import type { ServerResponse } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { S3FileStore } from '../src/index.ts';
import { startHonouringServer, type Trick } from './honouring-server.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

/** How a server answers about the file, instead of as it should. */
type Answer = (response: ServerResponse, carryOut: () => void) => void;

const refuse =
  (status: number, code: string): Answer =>
  (response) =>
    response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
const breakOff: Answer = (response) => response.destroy();
const conflict = refuse(409, 'ConditionalRequestConflict');

/** A store with `file` of somebody else on a server that answers conditional writes with `write`, and looks with `look`. */
async function open(write: Answer, look?: Answer, maxAttempts = 2): Promise<{ store: S3FileStore; version: string; looks: () => number }> {
  let looks = 0;
  const trick: Trick = ({ method, url, headers }, response, carryOut) => {
    if (url?.includes('/file') !== true) {
      return false;
    }
    if (method === 'HEAD') {
      looks += 1;
      look?.(response, carryOut);
      return look !== undefined;
    }
    const isConditional = (headers['if-match'] ?? headers['if-none-match']) !== undefined;
    if (isConditional) {
      write(response, carryOut);
    }
    return isConditional;
  };
  const endpoint = await startHonouringServer(trick);
  const store = new S3FileStore({ bucket: 'b', endpoint, credentials, maxAttempts });
  onTestFinished(() => store.close());
  const { version } = await store.write('file', 'theirs');
  return { store, version, looks: () => looks };
}

afterEach(() => {
  vi.restoreAllMocks();
});

it('calls a write without an answer lost to nobody, whatever is there', async () => {
  const { store, version, looks } = await open(breakOff);
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  await expect(store.write('file', 'mine', { ifVersion: 'other' })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  await expect(store.write('file', 'mine', { ifAbsent: true })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  expect(looks()).toBe(3);
});

it.each<[string, Answer, object]>([
  ['overloaded', refuse(503, 'ServiceUnavailable'), { code: 'unavailable', message: expect.stringContaining('cannot look at') }],
  ['not to be looked at', refuse(403, 'AccessDenied'), { code: 'permission-denied' }],
])('has not lost a condition to a file that is %s: it may be its own', async (_what, look, error) => {
  const { store, version } = await open(refuse(412, 'PreconditionFailed'), look);
  await expect(store.write('file', 'mine', { ifAbsent: true })).rejects.toMatchObject(error);
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject(error);
});

it('fails as the write did when there is no answer to the look either', async () => {
  const { store } = await open(refuse(500, 'InternalError'), refuse(403, 'AccessDenied'));
  const error = { code: 'unavailable', message: expect.stringMatching(/cannot write "file" .*InternalError/) };
  await expect(store.write('file', 'mine', { ifAbsent: true })).rejects.toMatchObject(error);
});

it('is ended by an abort while it looks', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const { store } = await open(refuse(412, 'PreconditionFailed'), () => controller.abort(reason));
  await expect(store.write('file', 'mine', { ifAbsent: true, signal: controller.signal })).rejects.toBe(reason);
});

it.each([412, 409])('does not know how a write ended whose answer was lost, after which came %i', async (status) => {
  let writes = 0;
  const { store, version } = await open((response, carryOut) => {
    writes += 1;
    if (writes === 1) {
      carryOut();
      response.destroy();
    } else if (status === 409 && writes === 2) {
      conflict(response, carryOut);
    } else {
      refuse(412, 'PreconditionFailed')(response, carryOut);
    }
  });
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(writes).toBe(status === 409 ? 3 : 2);
});

it.each([
  [503, 'SlowDown', 'version-mismatch'],
  [503, 'PreconditionFailed', 'version-mismatch'],
  [503, 'ConditionalRequestConflict', 'version-mismatch'],
  [500, 'UnknownError', 'version-mismatch'],
  [403, 'ExpiredToken', 'version-mismatch'],
  [500, 'InternalError', 'unavailable'],
  [502, '', 'unavailable'],
])('takes an earlier answer %i %s for one that was not done, or for any: %s', async (status, answer, code) => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  for (const failures of [1, 2]) {
    let writes = 0;
    const { store, version } = await open(
      (response, carryOut) => {
        writes += 1;
        refuse(...(writes <= failures ? ([status, answer] as const) : ([412, 'PreconditionFailed'] as const)))(response, carryOut);
      },
      undefined,
      3,
    );
    const write = store.write('file', 'mine', { ifVersion: version });
    await expect(write, `${failures}`).rejects.toMatchObject({ code });
    expect(writes).toBe(failures + 1);
  }
});

it.each([412, 403, 501])('knows that an answer %i that says no more was not done', async (status) => {
  const answers: Answer[] = [(response) => response.writeHead(status).end(), refuse(412, 'PreconditionFailed')];
  const { store, version } = await open((response, carryOut) => answers.shift()?.(response, carryOut));
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch' });
  expect(answers).toEqual([]);
});

it('counts every attempt, also those that the SDK makes', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const answers = [refuse(503, 'SlowDown'), breakOff, refuse(503, 'SlowDown'), refuse(412, 'PreconditionFailed')];
  const { store, version } = await open((response, carryOut) => answers.shift()?.(response, carryOut), undefined, 4);
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(answers).toEqual([]);
});

it.each([
  ['', []],
  [' before a conflict', [conflict]],
  [' before its credentials had expired', [refuse(403, 'ExpiredToken')]],
])('takes every attempt of a client of the caller for one that may have been done%s', async (_, between) => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const answers = [breakOff, ...between, refuse(412, 'PreconditionFailed')];
  const endpoint = await startHonouringServer(({ url, headers }, response, carryOut) => {
    const isConditional = url?.includes('/file') === true && headers['if-match'] !== undefined;
    if (isConditional) {
      answers.shift()?.(response, carryOut);
    }
    return isConditional;
  });
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  const store = new S3FileStore({ bucket: 'b', client });
  onTestFinished(async () => {
    await store.close();
    client.destroy();
  });
  const { version } = await store.write('file', 'theirs');
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'unavailable', retryable: false });
  expect(answers).toEqual([]);
});

it('does not try again what is in the way to stay, although the answer is 409', async () => {
  let writes = 0;
  const { store, version } = await open((response, carryOut) => {
    writes += 1;
    refuse(409, 'XMinioObjectExistsAsDirectory')(response, carryOut);
  });
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'path-conflict' });
  expect(writes).toBe(1);
});

it('has lost what others were in the way of to the end only where its condition does not hold', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { store, version } = await open(conflict);
  await expect(store.write('file', 'mine', { ifAbsent: true })).rejects.toMatchObject({ code: 'already-exists' });
  await expect(store.write('file', 'mine', { ifVersion: 'other' })).rejects.toMatchObject({ code: 'version-mismatch' });
  await expect(store.write('file', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  await expect(store.write('file2', 'mine', { ifAbsent: true })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  await expect(store.write('file2', 'mine', { ifVersion: version })).rejects.toMatchObject({ code: 'version-mismatch' });
});
