import { randomBytes } from 'node:crypto';
import { MemoryFileStore } from '@oh/file-store-core';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore } from '../src/index.ts';
import { type Received, Receiver } from './receiver.ts';

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

function verify(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: false });
}

it('signs so that the reference library verifies, text, bytes, batches and deletes', async () => {
  const secret = newSecret();
  await using receiver = await Receiver.start();
  await using plain = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, signingSecret: secret });
  await using batched = new BatchedWebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, signingSecret: secret });
  for (const store of [plain, batched]) {
    await store.write('text', 'Grüße');
    await store.write('json', '{"a":1}');
    await store.delete('gone');
    await store.flush();
  }
  expect(receiver.received).toHaveLength(4);
  for (const request of receiver.received) {
    expect(() => verify(secret, request)).not.toThrow();
    expect(() => verify(newSecret(), request)).toThrow();
    expect(() => verify(secret, { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) })).toThrow();
    expect(request.headers['webhook-id']).not.toContain('.');
  }
});

it('signs with every secret while one replaces another', async () => {
  const secrets = [newSecret(), newSecret()];
  await using receiver = await Receiver.start();
  await using store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl, signingSecret: secrets });
  await store.write('file', 'x');
  await store.flush();
  for (const secret of secrets) {
    expect(() => verify(secret, receiver.received[0] as Received)).not.toThrow();
  }
});

it('has an id and a time without a secret, and no signature', async () => {
  await using receiver = await Receiver.start();
  await using store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
  await store.write('file', 'x');
  await store.flush();
  const headers = receiver.received[0]?.headers ?? {};
  expect(headers['webhook-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(Number(headers['webhook-timestamp'])).toBeCloseTo(Date.now() / 1000, -2);
  expect(headers).not.toHaveProperty('webhook-signature');
});

it.each([
  ['too short', `whsec_${randomBytes(23).toString('base64')}`],
  ['too long', `whsec_${randomBytes(65).toString('base64')}`],
  ['no Base64', 'whsec_this is no base64, is it? and it is long enough'],
  ['empty', ''],
])('refuses a secret that is %s, and does not tell it', (_, signingSecret) => {
  let message = '';
  try {
    new WebHookFileStore(new MemoryFileStore(), { baseUrl: 'http://localhost/', signingSecret });
  } catch (error) {
    message = String(error);
  }
  expect(message).toMatch(/^TypeError: a signing secret is/);
  expect(signingSecret === '' || !message.includes(signingSecret.slice(6))).toBe(true);
});
