import { type AcquireLeaseOptions, acquireLease, FileStoreError, type Lease, MemoryFileStore } from '../src/index.ts';
import { around, LeaseWorld } from './lease-world.ts';

export const path = 'locks/job';
export const ttlMs = 900;
export const refused = new FileStoreError('unavailable', 'the server is away');

/** A store, a world, and leases in it. */
export function setUp() {
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
export function watch(acquiring: Promise<Lease>): { lease: Lease | undefined } {
  const watched: { lease: Lease | undefined } = { lease: undefined };
  void acquiring.then((lease) => {
    watched.lease = lease;
  });
  return watched;
}

export function leaseText(changes: object): string {
  const record = { owner: 'earlier', token: 7, ttlMs, expiresAt: '2020-01-01T00:00:00.000Z', renewals: 0, acquisitionId: 'earlier' };
  return JSON.stringify({ format: 'oh-lease-1', ...record, released: true, ...changes });
}

export function watchValue<T>(promise: Promise<T>): { value: T | undefined } {
  const watched: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    watched.value = value;
  });
  return watched;
}
