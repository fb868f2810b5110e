import { describe, expect, it } from 'vitest';
import { acquireLease, FileStoreError, requestLeaseRelease } from '../src/index.ts';
import { leaseText, path, refused, setUp, ttlMs } from './lease-setup.ts';
import { around } from './lease-world.ts';

describe('renewal', () => {
  it('happens by itself at a third of the ttl, as long as the lease is held', async () => {
    const { acquire, record, world } = setUp();
    const lease = await acquire('anna');
    await world.advance(ttlMs / 3 - 1);
    expect(await record()).toMatchObject({ renewals: 0 });
    await world.advance(1);
    expect(await record()).toMatchObject({ renewals: 1, expiresAt: new Date(world.nowMs + ttlMs).toISOString() });
    await world.advance(100 * ttlMs);
    expect(await record()).toMatchObject({ renewals: 301, token: 1 });
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
    expect(world.timers).toBe(0);
    await world.advance(ttlMs);
    expect(await record()).toMatchObject({ renewals: 302, released: true });
  });

  it('is tried again at each ninth after a failure', async () => {
    const { acquire, calls, faults, world } = setUp();
    const lease = await acquire('anna');
    faults.before = refused;
    await world.advance(ttlMs / 3 + 2 * (ttlMs / 9));
    expect(calls.write).toBe(4);
    await expect(lease.renew()).rejects.toBe(refused);
    faults.before = undefined;
    await world.advance(10 * ttlMs);
    expect(lease.signal.aborted).toBe(false);
  });

  it('that cannot be confirmed ends the lease one ttl after the last confirmed write was sent', async () => {
    const { acquire, faults, world } = setUp();
    const lease = await acquire('anna');
    await world.advance(ttlMs / 3);
    const { signal } = lease;
    faults.before = refused;
    await world.advance(ttlMs - 1);
    expect(signal.aborted).toBe(false);
    await world.advance(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(FileStoreError);
    expect(signal.reason).toMatchObject({ code: 'timeout', retryable: false, path, cause: refused });
    faults.before = undefined;
    await expect(lease.renew()).rejects.toBe(signal.reason);
    expect(world.timers).toBe(0);
  });

  it.each([0, 1])('is counted from before the write was sent, not from its answer (after %i renewals)', async (renewals) => {
    const { clock, files, world } = setUp();
    const store = around(files, {
      write: async (act) => {
        const info = await act();
        world.nowMs += 400;
        return info;
      },
    });
    const lease = await acquireLease(store, path, { ttlMs, owner: 'anna', clock });
    clock.stopped = true;
    for (let done = 0; done < renewals; done += 1) {
      await lease.renew();
    }
    await world.advance(499);
    expect(lease.signal.aborted).toBe(false);
    await world.advance(1);
    expect(lease.signal.aborted).toBe(true);
  });

  it.each([0, 1])(
    'ends the lease no later than others may think, though the clocks are read one after the other (after %i renewals)',
    async (renewals) => {
      const { clock, files, record, world } = setUp();
      const slow = {
        ...clock,
        wallMs: () => {
          const wallMs = world.nowMs;
          world.nowMs += 100;
          return wallMs;
        },
      };
      const lease = await acquireLease(files, path, { ttlMs, owner: 'anna', clock: slow });
      for (let done = 0; done < renewals; done += 1) {
        await lease.renew();
      }
      world.nowMs = Date.parse((await record()).expiresAt);
      expect(lease.signal.aborted).toBe(true);
    },
  );

  it('is not believed when its answer comes after the expiry, even before any timer has fired', async () => {
    const { clock, files, world } = setUp();
    const store = around(files, {
      write: async (act) => {
        const info = await act();
        world.nowMs += 500;
        return info;
      },
    });
    const lease = await acquireLease(store, path, { ttlMs, owner: 'anna', clock });
    await expect(lease.renew()).rejects.toMatchObject({ code: 'timeout' });
    expect(lease.signal.aborted).toBe(true);
  });

  it('that fails once the lease has run out rejects with the loss, whose cause is the failure', async () => {
    const { clock, files, world } = setUp();
    let fails = false;
    const store = around(files, {
      write: async (act) => {
        if (fails) {
          world.nowMs += ttlMs;
          throw refused;
        }
        return await act();
      },
    });
    const lease = await acquireLease(store, path, { ttlMs, owner: 'anna', clock });
    fails = true;
    const error = await lease.renew().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'timeout', retryable: false, cause: refused });
    expect(error).toBe(lease.signal.reason);
  });

  it('by hand takes the place of the one that was due', async () => {
    const { acquire, calls, world } = setUp();
    const lease = await acquire('anna');
    await world.advance(ttlMs / 6);
    await lease.renew();
    expect(world.timers).toBe(2); // of the next renewal and of the expiry
    await world.advance(ttlMs / 3 - 1);
    expect(calls.write).toBe(2);
  });

  it('that hangs does not hold up the loss, which aborts it', async () => {
    const { clock, files, world } = setUp();
    let hangs = false;
    const store = around(files, {
      write: async (act, signal) =>
        hangs ? await new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))) : await act(),
    });
    const lease = await acquireLease(store, path, { ttlMs, owner: 'anna', clock });
    hangs = true;
    const renewing = lease.renew().catch((error: unknown) => error);
    const aborted = new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    await world.advance(ttlMs);
    await aborted;
    expect(await renewing).toBe(lease.signal.reason);
    expect(world.timers).toBe(0);
    expect(lease.signal.reason).toMatchObject({ code: 'timeout' });
  });

  it('is joined when it is under way', async () => {
    const { acquire, calls } = setUp();
    const lease = await acquire('anna');
    await Promise.all([lease.renew(), lease.renew(), lease.renew()]);
    expect(calls.write).toBe(2);
  });

  it('shows the loss by the clock when the process was stopped and no timer has fired', async () => {
    const { acquire, clock, world } = setUp();
    const lease = await acquire('anna');
    clock.stopped = true;
    await world.advance(ttlMs);
    expect(() => lease.signal.throwIfAborted()).toThrow('[timeout]');
  });

  it.each([
    ['taken over', 'version-mismatch', leaseText({ acquisitionId: 'of somebody else' })],
    ['removed', 'version-mismatch', undefined],
    ['unreadable', 'corrupt', 'hello'],
  ])('ends the lease when its record is %s, and leaves that as it is', async (_what, code, contents) => {
    const { acquire, files, world } = setUp();
    const lease = await acquire('anna');
    const { signal } = lease;
    await (contents === undefined ? files.delete(path) : files.write(path, contents));
    await world.advance(ttlMs / 3);
    expect(signal).toMatchObject({ aborted: true, reason: { code, retryable: false } });
    await expect(lease.renew()).rejects.toBe(signal.reason);
    await lease.release();
    expect(await files.exists(path)).toBe(contents !== undefined);
    expect(contents === undefined || (await files.read(path)) === contents).toBe(true);
    expect(world.timers).toBe(0);
  });
});

describe('release', () => {
  it('keeps the record with its token, is no loss, and happens once', async () => {
    const { acquire, calls, record, world } = setUp();
    const lease = await acquire('anna');
    await Promise.all([lease.release(), lease.release()]);
    await lease.release();
    expect(calls.write).toBe(2);
    expect(await record()).toMatchObject({ owner: 'anna', token: 1, released: true });
    await expect(lease.renew()).rejects.toMatchObject({ code: 'closed' });
    await world.advance(2 * ttlMs);
    expect(lease.signal.aborted).toBe(false);
  });

  it('comes with the end of the block, which waits for it and fails as it does', async () => {
    const { acquire, faults } = setUp();
    {
      await using lease = await acquire('anna');
      expect(lease.token).toBe(1);
    }
    const bert = await acquire('bert');
    expect(bert.token).toBe(2);
    faults.before = refused;
    await expect(bert[Symbol.asyncDispose]()).rejects.toBe(refused);
  });

  it('never touches the lease of a successor', async () => {
    const { acquire, clock, files, world } = setUp();
    const anna = await acquire('anna');
    clock.stopped = true;
    await world.advance(ttlMs);
    await acquire('bert', { maxClockSkewMs: 0 });
    const before = await files.read(path);
    await anna.release();
    expect(await files.read(path)).toBe(before);
  });

  it('wins over the renewal under way', async () => {
    const { acquire, record, store } = setUp();
    const lease = await acquire('anna');
    await requestLeaseRelease(store, path, 'bert');
    const renewing = lease.renew().catch((error: unknown) => error);
    await lease.release();
    expect(await renewing).toMatchObject({ code: 'closed' });
    expect(await record()).toMatchObject({ released: true });
  });

  it('that failed can be called again, and the lease is not renewed meanwhile', async () => {
    const { acquire, faults, record, world } = setUp();
    const lease = await acquire('anna');
    faults.before = refused;
    await expect(lease.release()).rejects.toBe(refused);
    expect(world.timers).toBe(0);
    faults.before = undefined;
    await lease.release();
    expect(await record()).toMatchObject({ released: true });
  });
});
