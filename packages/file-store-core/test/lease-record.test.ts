import { describe, expect, it } from 'vitest';
import { acquireLease, FileStoreError } from '../src/index.ts';
import { path, refused, setUp, ttlMs } from './lease-setup.ts';
import { around } from './lease-world.ts';

describe('a lost answer', () => {
  const lost = [
    refused,
    new FileStoreError('version-mismatch', 'an earlier try was done'),
    new FileStoreError('already-exists', 'as well'),
  ];

  it.each(lost)('to the write that grants the lease is found out by reading back (%s)', async (fault) => {
    const { acquire, calls, faults, record, world } = setUp();
    faults.after = fault;
    const lease = await acquire('anna');
    faults.after = undefined;
    expect(lease.token).toBe(1);
    expect(calls).toEqual({ open: 2, write: 1 });
    await world.advance(10 * ttlMs);
    expect(lease.signal.aborted).toBe(false);
    expect(await record()).toMatchObject({ token: 1 });
  });

  it.each(lost)('to a renewal and to a release is found out by reading back (%s)', async (fault) => {
    const { acquire, faults, record, world } = setUp();
    const lease = await acquire('anna');
    faults.after = fault;
    await world.advance(10 * ttlMs);
    expect(lease.signal.aborted).toBe(false);
    expect(await record()).toMatchObject({ renewals: 30 });
    await lease.release();
    expect(await record()).toMatchObject({ renewals: 31, released: true });
  });

  it('is not made up: a write that was not done fails as it failed', async () => {
    const { acquire, faults, files } = setUp();
    faults.before = refused;
    await expect(acquire('anna')).rejects.toBe(refused);
    expect(await files.exists(path)).toBe(false);
  });

  it('that cannot be found out is the failure of the write, and a later renewal settles it', async () => {
    const { acquire, faults, record, world } = setUp();
    const lease = await acquire('anna');
    faults.after = refused;
    faults.reading = new FileStoreError('timeout', 'no answer');
    await expect(lease.renew()).rejects.toBe(refused);
    expect(await record()).toMatchObject({ renewals: 1 });
    faults.after = undefined;
    faults.reading = undefined;
    await world.advance(10 * ttlMs);
    expect(lease.signal.aborted).toBe(false);
  });

  it('to an earlier renewal does not lengthen the lease by a later one that was not done', async () => {
    const { acquire, clock, faults, files, world } = setUp();
    const lease = await acquire('anna');
    clock.stopped = true;
    faults.after = refused;
    faults.reading = refused;
    await world.advance(100);
    await expect(lease.renew()).rejects.toBe(refused);
    const done = await files.read(path);
    faults.after = undefined;
    faults.reading = undefined;
    faults.before = new FileStoreError('timeout', 'not sent');
    await world.advance(700);
    await expect(lease.renew()).rejects.toMatchObject({ code: 'timeout' });
    expect(await files.read(path)).toBe(done);
    await world.advance(100);
    expect(lease.signal.aborted).toBe(true);
  });

  it('after more than the ttl gives the lease back', async () => {
    const { clock, files, record, world } = setUp();
    const store = around(files, {
      write: async (act) => {
        world.nowMs += ttlMs;
        return await act();
      },
    });
    await expect(acquireLease(store, path, { ttlMs, owner: 'anna', clock })).rejects.toMatchObject({ code: 'timeout', retryable: true });
    expect(await record()).toMatchObject({ token: 1, released: true });
    expect(world.timers).toBe(0);
  });
});
