import { readFile } from 'node:fs/promises';
import { type FileStore, MemoryFileStore } from '@oh/file-store-core';
import { describe, expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';

interface Operation {
  readonly operation: 'write' | 'delete';
  readonly path: string;
  readonly text?: string;
  readonly base64?: string;
}

interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly contentType: string | null;
  readonly bodyBase64: string;
}

interface RecordedCase {
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly plain: readonly RecordedRequest[];
  readonly batched: readonly RecordedRequest[];
}

const fixture = new URL('fixtures/openhands-requests.json', import.meta.url);
const { cases } = JSON.parse(await readFile(fixture, 'utf8')) as { readonly cases: readonly RecordedCase[] };

async function carryOut(store: FileStore, operations: readonly Operation[]): Promise<void> {
  for (const { operation, path, text, base64 } of operations) {
    await (operation === 'delete' ? store.delete(path) : store.write(path, text ?? Buffer.from(base64 ?? '', 'base64')));
  }
}

function toRecorded({ received }: Receiver): RecordedRequest[] {
  return received.map(({ method, target, headers, body }) => ({
    method,
    target,
    contentType: headers['content-type'] ?? null,
    bodyBase64: body.toString('base64'),
  }));
}

/** The receiver is to get the path: which characters are encoded besides is of no account. */
const decoded = (requests: readonly RecordedRequest[]): RecordedRequest[] =>
  requests.map((request) => ({ ...request, target: decodeURIComponent(request.target) }));

describe('sends what OpenHands sends, byte for byte', () => {
  it.each(cases)('plain: $name', async ({ operations, plain }) => {
    await using receiver = await Receiver.start();
    await using store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, headers: {}, maxInFlight: 1 });
    await carryOut(store, operations);
    await store.flush();
    expect(decoded(toRecorded(receiver))).toEqual(decoded(plain));
  });

  it.each(cases)('batched: $name', async ({ operations, batched }) => {
    await using receiver = await Receiver.start();
    await using store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, headers: {} });
    await carryOut(store, operations);
    await store.flush();
    expect(toRecorded(receiver)).toEqual(batched);
  });
});

it('has fixtures of text, non-ASCII, binary and delete in both forms', () => {
  expect(cases.length).toBeGreaterThanOrEqual(13);
  expect(cases.flatMap(({ plain }) => plain).length).toBeGreaterThan(cases.length);
});

it('tells a path with ?, #, %, spaces, backslashes and non-ASCII as it is', async () => {
  await using receiver = await Receiver.start();
  await using store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, maxInFlight: 1 });
  const paths = ['what?.txt', 'no#1', '100%25.txt', 'a b/c  d', 'back\\slash', 'é/日本/😀', 'a+b&c=d;e:f@g', '%2e%2e/x', 'quote\'"<>'];
  for (const path of paths) {
    await store.write(path, 'x');
  }
  await store.flush();
  expect(receiver.told).toEqual(paths.map((path) => `POST ${path}`));
  expect(receiver.received.every(({ target }) => /^\/hook\/[\x21-\x7e]+$/.test(target) && !/[?#]/.test(target))).toBe(true);
});

it('writes a delete before the write that follows it, where OpenHands writes it behind', async () => {
  await using receiver = await Receiver.start();
  await using store = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
  await store.write('d/x', 'old');
  await store.delete('d');
  await store.write('d/x', 'new');
  await store.flush();
  expect(JSON.parse(receiver.received[0]?.body.toString() ?? '')).toEqual([
    { method: 'POST', path: 'd/x', content: 'old' },
    { method: 'DELETE', path: 'd' },
    { method: 'POST', path: 'd/x', content: 'new' },
  ]);
});
