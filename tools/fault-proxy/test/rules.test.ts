import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultProxy, type FaultRule, startFaultProxy } from '../src/index.ts';
import { Client } from './client.ts';
import { startUpstream, type Upstream } from './upstream.ts';

describe('the rules of a proxy', () => {
  let upstream: Upstream;
  let proxy: FaultProxy;
  let client: Client;

  beforeAll(async () => {
    upstream = await startUpstream();
    proxy = await startFaultProxy({ upstream: upstream.origin, seed: 7 });
    client = new Client(proxy.endpoint);
  });

  afterAll(async () => {
    client[Symbol.dispose]();
    await proxy.close();
    await upstream[Symbol.asyncDispose]();
  });

  const statuses = async (count: number, from: Client = client): Promise<(number | undefined)[]> => {
    const all: (number | undefined)[] = [];
    for (let n = 0; n < count; n += 1) {
      all.push((await from.send()).status);
    }
    return all;
  };
  const half: FaultRule = { fault: { type: 'status', status: 503 }, probability: 0.5 };

  it('strike with their probability', async () => {
    proxy.rules.set([{ ...half, probability: 0.2 }]);
    const struck = (await statuses(500)).filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(70);
    expect(struck).toBeLessThan(130);
  });

  it('strike the same requests again for the same seed, and others for another', async () => {
    proxy.rules.set([half]);
    const first = await statuses(64);
    proxy.rules.set([half]);
    expect(await statuses(64)).toEqual(first);
    await using other = await startFaultProxy({ upstream: upstream.origin, seed: 8 });
    using caller = new Client(other.endpoint);
    other.rules.set([half]);
    expect(await statuses(64, caller)).not.toEqual(first);
  });

  it('are asked in their order, so often as they may strike, and where they match', async () => {
    proxy.rules.set([
      { fault: { type: 'status', status: 500 }, times: 2, match: ({ url }) => url === '/' },
      { fault: { type: 'status', status: 503 }, times: 1 },
    ]);
    expect(await client.send({ path: '/other' })).toMatchObject({ status: 503 });
    expect(await statuses(3)).toEqual([500, 500, 200]);
  });

  it('can be cleared', async () => {
    proxy.rules.set([{ fault: { type: 'status', status: 500 } }]);
    expect(await statuses(1)).toEqual([500]);
    proxy.rules.clear();
    expect(await statuses(2)).toEqual([200, 200]);
  });
});
