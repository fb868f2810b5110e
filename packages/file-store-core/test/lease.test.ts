import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type AcquireLeaseOptions, acquireLease, FileStoreError, type Lease, MemoryFileStore, requestLeaseRelease } from '../src/index.ts';
import { around, LeaseWorld, settle } from './lease-world.ts';

const path = 'locks/job';
const ttlMs = 900;
const refused = new FileStoreError('unavailable', 'the server is away');

/** A store, a world, and leases in it. */
function setUp() {
  const world = new LeaseWorld();
  const clock = world.machine();
  const files = new MemoryFileStore();
  const faults: { before?: unknown; after?: unknown; reading?: unknown } = {};
  const calls = { open: 0, write: 0 };
  const store = around(files, {
    open: async (act) => {
      calls.open += 1;
      throwIfAny(faults.reading);
      return await act();
    },
    write: async (act) => {
      calls.write += 1;
      throwIfAny(faults.before);
      const result = await act();
      throwIfAny(faults.after);
      return result;
    },
  });
  const acquire = (owner: string, options: Partial<AcquireLeaseOptions> = {}) =>
    acquireLease(store, path, { ttlMs, owner, clock, random: () => 0, ...options });
  const record = async () => JSON.parse(await files.read(path));
  return { world, clock, files, store, faults, calls, acquire, record };
}

function throwIfAny(fault: unknown): void {
  if (fault !== undefined) {
    throw fault;
  }
}

/** The lease, or undefined as long as it is waited for. */
function watch(acquiring: Promise<Lease>): { lease: Lease | undefined } {
  const watched: { lease: Lease | undefined } = { lease: undefined };
  void acquiring.then((lease) => {
    watched.lease = lease;
  });
  return watched;
}

describe('acquiring', () => {
  it('writes a record that says who, until when and with which token', async () => {
    const { acquire, record, world } = setUp();
    const lease = await acquire('anna');
    expect(lease).toMatchObject({ path, owner: 'anna', token: 1 });
    expect(lease.signal.aborted).toBe(false);
    expect(await record()).toEqual({
      format: 'oh-lease-1',
      owner: 'anna',
      token: 1,
      ttlMs,
      expiresAt: new Date(world.nowMs + ttlMs).toISOString(),
      renewals: 0,
      acquisitionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      released: false,
    });
  });

  it('answers unavailable, to be tried again, while somebody has it, one of the same name included', async () => {
    const { acquire, files } = setUp();
    await acquire('anna');
    const before = await files.read(path);
    await expect(acquire('anna')).rejects.toMatchObject({ code: 'unavailable', retryable: true, path });
    expect(await files.read(path)).toBe(before);
  });

  it.each(['missing', 'released', 'expired'])('has one winner of 32 for a lease that is %s, with a higher token', async (state) => {
    const { acquire, clock, world } = setUp();
    const earlier = state === 'missing' ? undefined : await acquire('earlier');
    if (state === 'released') {
      await earlier?.release();
    }
    if (state === 'expired') {
      clock.stopped = true;
      await world.advance(ttlMs);
    }
    const contenders = Array.from({ length: 32 }, (_, n) => acquire(`contender ${n}`, { maxClockSkewMs: 0 }));
    const results = await Promise.allSettled(contenders);
    const won = results.filter((result) => result.status === 'fulfilled').map((result) => result.value.token);
    expect(won).toEqual([(earlier?.token ?? 0) + 1]);
    for (const result of results.filter(({ status }) => status === 'rejected')) {
      expect(result).toMatchObject({ reason: { code: 'unavailable' } });
    }
  });

  it('counts the token up over releases and expiries', async () => {
    const { acquire, clock, world } = setUp();
    const tokens: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const lease = await acquire('anna', { maxClockSkewMs: 0 });
      tokens.push(lease.token);
      if (round % 2 === 0) {
        await lease.release();
      } else {
        clock.stopped = true;
        await world.advance(ttlMs);
      }
    }
    expect(tokens).toEqual([1, 2, 3, 4]);
  });

  it('refuses what it cannot honour before any I/O', async () => {
    const { acquire, store, calls } = setUp();
    for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      await expect(acquire('anna', { ttlMs: wrong })).rejects.toThrow(RangeError);
    }
    await expect(acquire('anna', { waitMs: -1 })).rejects.toThrow(RangeError);
    await expect(acquire('anna', { maxClockSkewMs: Number.NaN })).rejects.toThrow(RangeError);
    await expect(acquire('a'.repeat(1025))).rejects.toThrow(TypeError);
    await expect(acquireLease(store, '../job', { ttlMs, owner: 'anna' })).rejects.toMatchObject({ code: 'invalid-path' });
    const capabilities = { ...store.capabilities, conditions: false };
    const weak = new Proxy(store, { get: (target, name) => (name === 'capabilities' ? capabilities : Reflect.get(target, name)) });
    await expect(acquireLease(weak, path, { ttlMs, owner: 'anna' })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(requestLeaseRelease(weak, path, 'bert')).rejects.toMatchObject({ code: 'unsupported' });
    await expect(requestLeaseRelease(store, path, 'b'.repeat(1025))).rejects.toThrow(TypeError);
    expect(calls).toEqual({ open: 0, write: 0 });
  });

  it.each([
    ['text', 'hello'],
    ['bytes', new Uint8Array([0xff])],
    ['other JSON', '{"owner":"anna","token":1}'],
    ['null', 'null'],
    ['a later format', leaseText({ format: 'oh-lease-2' })],
    ['a token without a successor', leaseText({ token: Number.MAX_SAFE_INTEGER })],
    ['no date', leaseText({ expiresAt: 'soon' })],
    ['a very large file', leaseText({ more: 'x'.repeat(100_000) })],
  ])('never writes over %s', async (_what, contents) => {
    const { acquire, files, store } = setUp();
    const { version } = await files.write(path, contents);
    const error: unknown = await acquire('anna').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'corrupt', path });
    expect(inspect(error, { showHidden: true })).not.toContain('hello');
    if (!String(contents).includes('xxx')) {
      await expect(requestLeaseRelease(store, path, 'bert')).rejects.toMatchObject({ code: 'corrupt' });
    }
    expect((await files.stat(path)).version).toBe(version);
  });

  it('keeps fields, content type and metadata that it does not know', async () => {
    const { acquire, files, record, store } = setUp();
    await files.write(path, leaseText({ note: { deep: [1] } }), { contentType: 'application/json', metadata: { team: 'a' } });
    const lease = await acquire('anna');
    await requestLeaseRelease(store, path, 'bert');
    await lease.renew();
    await lease.release();
    expect(await record()).toMatchObject({ token: 8, released: true, note: { deep: [1] } });
    expect(await files.stat(path)).toMatchObject({ contentType: 'application/json', metadata: { team: 'a' } });
  });
});

describe('the expiry of somebody else', () => {
  it('is the recorded one plus the clock skew, for who does not wait', async () => {
    const { acquire, clock, world } = setUp();
    await acquire('anna');
    clock.stopped = true;
    await world.advance(ttlMs + 59_999);
    await expect(acquire('bert')).rejects.toMatchObject({ code: 'unavailable' });
    await world.advance(1);
    expect((await acquire('bert')).token).toBe(2);
  });

  it('is not believed of a wall clock that is ahead within the skew', async () => {
    const { acquire, world } = setUp();
    await acquire('anna');
    await expect(acquire('bert', { clock: world.machine({ wallOffsetMs: 60_000 }) })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is a record unchanged for its ttl on the own clock, for who waits', async () => {
    const { acquire, clock, world } = setUp();
    const anna = await acquire('anna');
    await world.advance(2000);
    clock.stopped = true;
    const far = world.machine({ wallOffsetMs: -1e9, monotonicOffsetMs: 1e6 });
    const bert = watch(acquire('bert', { clock: far, waitMs: 1e6, maxClockSkewMs: Number.POSITIVE_INFINITY }));
    await world.advance(ttlMs - 1);
    expect(bert.lease).toBeUndefined();
    await world.advance(1);
    expect(bert.lease?.token).toBe(2);
    expect(anna.signal.aborted).toBe(true);
  });

  it('begins anew with every renewal, and not with a request for release', async () => {
    const { acquire, clock, store, world } = setUp();
    const anna = await acquire('anna');
    const bert = watch(acquire('bert', { clock: world.machine(), waitMs: 1e6 }));
    await world.advance(10 * ttlMs);
    expect(bert.lease).toBeUndefined();
    expect(anna.signal.aborted).toBe(false);
    clock.stopped = true;
    await world.advance(ttlMs);
    expect(bert.lease).toBeUndefined();
    await requestLeaseRelease(store, path, 'carl');
    await world.advance(ttlMs);
    expect(bert.lease?.token).toBe(2);
  });

  it('is measured from after the answer to the read, since the lease may have been granted while it was under way', async () => {
    const { acquire, clock, files, world } = setUp();
    const reading = Promise.withResolvers<void>();
    const slow = around(files, {
      open: async (act) => {
        await reading.promise;
        return await act();
      },
    });
    const options = { ttlMs, owner: 'bert', clock: world.machine(), waitMs: 1e6, maxClockSkewMs: Number.POSITIVE_INFINITY };
    const bert = watch(acquireLease(slow, path, options));
    await world.advance(800);
    const anna = await acquire('anna');
    clock.stopped = true;
    reading.resolve();
    await world.advance(ttlMs - 1);
    expect(anna.signal.aborted).toBe(false);
    expect(bert.lease).toBeUndefined();
    await world.advance(1);
    expect(anna.signal.aborted).toBe(true);
    expect(bert.lease?.token).toBe(2);
  });
});

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

describe('waiting', () => {
  it('gets the lease soon after its release, one after the other', async () => {
    const { acquire, world } = setUp();
    const first = await acquire('first');
    const order: number[] = [];
    const waiters = Array.from({ length: 8 }, async (_, n) => {
      const lease = await acquire(`waiter ${n}`, { waitMs: Number.POSITIVE_INFINITY });
      order.push(lease.token);
      await lease.release();
    });
    await world.advance(5000);
    expect(order).toEqual([]);
    await first.release();
    await world.advance(10_000);
    await Promise.all(waiters);
    expect(order).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('ends with unavailable after waitMs', async () => {
    const { acquire, world } = setUp();
    await acquire('anna');
    const started = world.nowMs;
    const failed = acquire('bert', { waitMs: 3100 }).catch((error: unknown) => ({ error, afterMs: world.nowMs - started }));
    await world.advance(5000);
    expect(await failed).toMatchObject({ error: { code: 'unavailable' }, afterMs: 3100 });
  });

  it('ends with the reason of an abort, before and in flight', async () => {
    const { acquire, calls, world } = setUp();
    await expect(acquire('bert', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    await acquire('anna');
    const abort = new AbortController();
    const waiting = acquire('bert', { waitMs: Number.POSITIVE_INFINITY, signal: abort.signal });
    await world.advance(3000);
    abort.abort(new Error('in flight'));
    await expect(waiting).rejects.toThrow('in flight');
    const { open } = calls;
    await world.advance(250);
    expect(calls.open).toBe(open);
    expect(world.timers).toBe(2); // of the lease that is held
  });

  it('gives back what was granted though nobody waits for it any more', async () => {
    const { clock, files, record, world } = setUp();
    const abort = new AbortController();
    const store = around(files, {
      write: async (act) => {
        abort.abort(new Error('too late'));
        return await act();
      },
    });
    await expect(acquireLease(store, path, { ttlMs, owner: 'anna', clock, signal: abort.signal })).rejects.toThrow('too late');
    await settle();
    expect(await record()).toMatchObject({ token: 1, released: true });
    expect(world.timers).toBe(0);
  });
});

it('keeps no process alive', async () => {
  const program = `
    import { acquireLease, MemoryFileStore } from '@oh/file-store-core';
    const lease = await acquireLease(new MemoryFileStore(), 'job', { ttlMs: 60_000, owner: 'child' });
    await lease.renew();
    process.stdout.write(String(lease.token));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@oh/source', '--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    timeout: 10_000,
  });
  expect(stdout).toBe('1');
});

function leaseText(changes: object): string {
  const record = { owner: 'earlier', token: 7, ttlMs, expiresAt: '2020-01-01T00:00:00.000Z', renewals: 0, acquisitionId: 'earlier' };
  return JSON.stringify({ format: 'oh-lease-1', ...record, released: true, ...changes });
}

function watchValue<T>(promise: Promise<T>): { value: T | undefined } {
  const watched: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    watched.value = value;
  });
  return watched;
}
