import { MemoryFileStore } from '@oh/file-store-core';
import { startFaultProxy } from '@oh-tools/fault-proxy';
import { expect, it } from 'vitest';
import { BatchedWebHookFileStore, WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';

const faults = [
  { type: 'reset', at: 'start' },
  { type: 'reset', at: 'request-body' },
  { type: 'lose-response' },
  { type: 'half-open' },
  { type: 'status', status: 503 },
] as const;

for (const [form, Store] of Object.entries({ plain: WebHookFileStore, batched: BatchedWebHookFileStore })) {
  it.each(faults)(`${form}: repeats with the same id and body after %o`, async (fault) => {
    await using receiver = await Receiver.start();
    await using proxy = await startFaultProxy({ upstream: `http://127.0.0.1:${receiver.port}` });
    proxy.rules.set([{ fault, times: 1 }]);
    const options = { baseUrl: `${proxy.endpoint}/hook/`, attemptDelayMs: 1, requestTimeoutMs: 500 };
    const store = new Store(new MemoryFileStore(), options);
    await store.write('file', 'contents');
    await store.flush();
    expect(proxy.requests.total).toBe(2);
    const [first, ...others] = receiver.received
      .filter(({ body }) => body.length > 0)
      .map(({ headers, body }) => `${headers['webhook-id']} ${body}`);
    expect(first).toBeDefined();
    expect(others.every((other) => other === first)).toBe(true);
    await store.close();
  });
}
