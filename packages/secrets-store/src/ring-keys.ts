import { randomBytes } from 'node:crypto';
import { deriveKey } from './hkdf.ts';
import type { WrappingKey } from './wrapping-key.ts';

const keyBytes = 32;

/** A key of a ring, as it is kept, encrypted, in the ring's file. */
export interface RingKeyRecord {
  readonly id: string;
  /** 32 bytes in base64. */
  readonly key: string;
  /** An ISO 8601 date. */
  readonly created_at: string;
  /** Whether it opens nothing any more. */
  readonly retired: boolean;
}

/** What may be told of a key. */
export interface RingKeyInfo {
  readonly id: string;
  /** An ISO 8601 date. */
  readonly created_at: string;
  /** `current` seals and opens, `active` opens, `retired` does nothing. */
  readonly state: 'current' | 'active' | 'retired';
}

/** A new random key. */
export function newRingKey(now: Date): RingKeyRecord {
  const key = randomBytes(keyBytes);
  const id = randomBytes(8).toString('hex');
  return { id, key: key.toString('base64'), created_at: now.toISOString(), retired: false };
}

/** The keys of a ring at one moment, ready for use: the last one seals, and each that is not retired opens. */
export class RingKeys {
  readonly #keys: ReadonlyMap<string, WrappingKey>;
  readonly #macKeys: ReadonlyMap<string, WrappingKey['macKey']>;
  readonly #records: readonly Pick<RingKeyRecord, 'id' | 'created_at' | 'retired'>[];
  readonly current: WrappingKey;

  /** @param records The newest one last; at least one of them not retired. */
  constructor(records: readonly RingKeyRecord[]) {
    const all = records.map(toWrappingKey);
    const keys = all.filter((_key, index) => records[index]?.retired === false);
    const current = keys.at(-1);
    if (current === undefined) {
      throw new RangeError('a key ring has at least one key');
    }
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#macKeys = new Map(all.map(({ id, macKey }) => [id, macKey]));
    this.#records = records.map(({ id, created_at, retired }) => ({ id, created_at, retired }));
    this.current = current;
  }

  /** The key with this id; `undefined` when it is not in the ring, or retired. */
  find(id: string): WrappingKey | undefined {
    return this.#keys.get(id);
  }

  /** The key with this id for authentication, which a retired one still does. */
  findMacKey(id: string): WrappingKey['macKey'] | undefined {
    return this.#macKeys.get(id);
  }

  isRetired(id: string): boolean {
    return this.#records.some((record) => record.id === id && record.retired);
  }

  /** The keys, the oldest first. */
  list(): readonly RingKeyInfo[] {
    const infos = this.#records.map(({ id, created_at, retired }): RingKeyInfo => {
      return { id, created_at, state: id === this.current.id ? 'current' : retired ? 'retired' : 'active' };
    });
    return infos.toSorted((one, other) => one.created_at.localeCompare(other.created_at));
  }
}

function toWrappingKey({ id, key }: RingKeyRecord): WrappingKey {
  const bytes = Buffer.from(key, 'base64');
  const wrappingKey = { id, key: deriveKey(bytes, 'wrap data keys'), macKey: deriveKey(bytes, 'authenticate') };
  bytes.fill(0);
  return wrappingKey;
}
