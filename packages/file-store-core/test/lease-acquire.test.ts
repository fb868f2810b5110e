import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { acquireLease, requestLeaseRelease } from '../src/index.ts';
import { leaseText, path, setUp, ttlMs, watch } from './lease-setup.ts';
import { around, settle } from './lease-world.ts';

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
