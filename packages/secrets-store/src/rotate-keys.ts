import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { KeyRing } from './key-ring.ts';
import type { RingKeyInfo } from './ring-keys.ts';

/** How many texts are sealed by each key, by its id. */
type KeyCounts = ReadonlyMap<string, number>;

/** What holds texts that a {@link KeyRing} sealed, such as a `FileSecretsStore`. */
export interface KeyHolder {
  /** How many sealed texts there are of each key, by its id. */
  countKeys(options?: AbortOptions): Promise<ReadonlyMap<string, number>>;
  /**
   * Wraps all texts by the newest key, by compare-and-set; what was written opens.
   *
   * @returns The errors of those that do not open, which stay as they are.
   */
  rewrap(options?: AbortOptions): Promise<readonly FileStoreError[]>;
}

/** A ring and everything that was sealed by it: what is left out is forgotten. */
export interface KeyUse {
  readonly keys: KeyRing;
  /** All users, and all stores that use the ring; found anew for each call, or what a user who came since has stored is not counted. */
  readonly holders: readonly KeyHolder[];
}

/** A key and what needs it. */
export interface KeyStatus extends Omit<RingKeyInfo, 'state' | 'created_at'> {
  /** `missing`: not in the ring, so that what it sealed cannot be opened. */
  readonly state: RingKeyInfo['state'] | 'missing';
  /** Null for a missing one. */
  readonly created_at: string | null;
  /** How many texts are sealed by it. */
  readonly entries: number;
}

/** What {@link rotateKeys} did. */
export interface KeyRotation {
  /** The key that seals now. */
  readonly keyId: string;
  /** Of the files and the records that cannot be read, and the texts that do not open; all of them keep their key. */
  readonly errors: readonly FileStoreError[];
}

/**
 * Brings everything under a new key: adds one to the ring, then wraps all data keys by it. The old ones still open until {@link retireKey}.
 *
 * Wherever it is stopped everything can be opened; called again, it goes on with the key it has added. After a leak of the ring's own protection change that
 * first (`KeyRing.protectWith`); after a leak of data keys or values only new values help.
 *
 * A file that cannot be read keeps no other from it.
 *
 * @throws {FileStoreError} `not-found` when there is no ring; what reading and writing throw.
 */
export async function rotateKeys({ keys, holders }: KeyUse, options: AbortOptions = {}): Promise<KeyRotation> {
  const { readable, counts, errors: unreadable } = await countReadable(holders, options);
  const before = await statusOf(keys, counts, options);
  if (countLeft(before) > 0) {
    const errors = await rewrapAll(readable, options);
    const after = await keyStatus({ keys, holders: readable }, options);
    if (countLeft(after) < countLeft(before)) {
      return { keyId: idOfCurrent(after), errors: [...unreadable, ...errors] };
    }
    // What is left does not open, and does not keep everything else under an old key for ever.
  }
  return { keyId: await keys.addKey(options), errors: [...unreadable, ...(await rewrapAll(readable, options))] };
}

/** The texts of each key in what can be read, and why the rest cannot. */
async function countReadable(
  holders: readonly KeyHolder[],
  options: AbortOptions,
): Promise<{ readonly readable: readonly KeyHolder[]; readonly counts: KeyCounts; readonly errors: readonly FileStoreError[] }> {
  const readable: KeyHolder[] = [];
  const counts = new Map<string, number>();
  const errors: FileStoreError[] = [];
  for (const holder of holders) {
    try {
      addTo(counts, await holder.countKeys(options));
      readable.push(holder);
    } catch (error) {
      if (!(error instanceof FileStoreError && ['corrupt', 'permission-denied', 'unsupported'].includes(error.code))) {
        throw error;
      }
      errors.push(error);
    }
  }
  return { readable, counts, errors };
}

function addTo(counts: Map<string, number>, more: KeyCounts): void {
  for (const [id, count] of more) {
    counts.set(id, (counts.get(id) ?? 0) + count);
  }
}

/** How many texts a rotation would still bring over. */
function countLeft(status: readonly KeyStatus[]): number {
  return status.reduce((count, { state, entries }) => count + (state === 'active' ? entries : 0), 0);
}

async function rewrapAll(holders: readonly KeyHolder[], options: AbortOptions): Promise<readonly FileStoreError[]> {
  const errors: FileStoreError[] = [];
  for (const holder of holders) {
    errors.push(...(await holder.rewrap(options)));
  }
  return errors;
}

/** The keys of a ring, the oldest first, then those that are missing, each with the number of texts that need it. */
export async function keyStatus({ keys, holders }: KeyUse, options: AbortOptions = {}): Promise<readonly KeyStatus[]> {
  const counts = new Map<string, number>();
  for (const holder of holders) {
    addTo(counts, await holder.countKeys(options));
  }
  return await statusOf(keys, counts, options);
}

async function statusOf(keys: KeyRing, counts: KeyCounts, options: AbortOptions): Promise<readonly KeyStatus[]> {
  const infos = await keys.list(options);
  const known = new Set(infos.map(({ id }) => id));
  const missing = [...counts].filter(([id]) => !known.has(id));
  return [
    ...infos.map((info) => ({ ...info, entries: counts.get(info.id) ?? 0 })),
    ...missing.map(([id, entries]) => ({ id, created_at: null, state: 'missing' as const, entries })),
  ];
}

/**
 * Retires a key that nothing needs any more. It stays in the ring, encrypted, until `KeyRing.destroyKey`; `KeyRing.reinstateKey` brings it back.
 *
 * @throws {FileStoreError} `invalid-argument` while anything is sealed by it, for the key that seals, and for one that is not there.
 */
export async function retireKey({ keys, holders }: KeyUse, id: string, options: AbortOptions = {}): Promise<void> {
  const { entries = 0 } = (await keyStatus({ keys, holders }, options)).find((key) => key.id === id) ?? {};
  if (entries > 0) {
    const message = `the key "${id}" is still needed by ${entries} sealed ${entries === 1 ? 'text' : 'texts'}; rotate first`;
    throw new FileStoreError('invalid-argument', message, { path: keys.path });
  }
  await keys.disableKey(id, options);
}

function idOfCurrent(status: readonly KeyStatus[]): string {
  return status.find(({ state }) => state === 'current')?.id ?? '';
}
