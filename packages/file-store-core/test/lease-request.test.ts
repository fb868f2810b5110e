import { describe, expect, it } from 'vitest';
import { requestLeaseRelease } from '../src/index.ts';
import { path, setUp, ttlMs, watchValue } from './lease-setup.ts';
import { settle } from './lease-world.ts';

describe('a request for release', () => {
  it('reaches the holder at its next renewal, which keeps the lease', async () => {
    const { acquire, store, world } = setUp();
    const lease = await acquire('anna');
    expect(await requestLeaseRelease(store, path, 'bert')).toBe(true);
    const requested = watchValue(lease.releaseRequested);
    await settle();
    expect(requested.value).toBeUndefined();
    await world.advance(ttlMs / 3);
    expect(requested.value).toBe('bert');
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
    expect(await requestLeaseRelease(store, path, 'carl')).toBe(false);
  });

  it('is none as long as nobody asks, over renewals and the release', async () => {
    const { acquire, world } = setUp();
    const lease = await acquire('anna');
    let isSettled = false;
    void lease.releaseRequested.finally(() => {
      isSettled = true;
    });
    await world.advance(10 * ttlMs);
    await lease.release();
    await settle();
    expect(isSettled).toBe(false);
  });

  it('is not for the next holder', async () => {
    const { acquire, record, store, world } = setUp();
    const anna = await acquire('anna');
    await requestLeaseRelease(store, path, 'bert');
    await anna.release();
    const bert = await acquire('bert');
    const requested = watchValue(bert.releaseRequested);
    await world.advance(ttlMs);
    expect(requested.value).toBeUndefined();
    expect(await record()).not.toHaveProperty('releaseRequestedBy');
  });

  it('finds nobody where there is no record, and makes none', async () => {
    const { files, store } = setUp();
    expect(await requestLeaseRelease(store, path, 'bert')).toBe(false);
    expect(await files.exists(path)).toBe(false);
  });
});
