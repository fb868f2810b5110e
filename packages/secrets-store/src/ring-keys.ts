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

/** A new random key. */
export function newRingKey(now: Date): RingKeyRecord {
  const key = randomBytes(keyBytes);
  const id = randomBytes(8).toString('hex');
  return { id, key: key.toString('base64'), created_at: now.toISOString(), retired: false };
}

/** The keys of a ring at one moment, ready for use: the last one seals, and each that is not retired opens. */
export class RingKeys {
  readonly #keys: ReadonlyMap<string, WrappingKey>;
  readonly #retired: ReadonlySet<string>;
  readonly current: WrappingKey;

  /** @param records The newest one last; at least one of them not retired. */
  constructor(records: readonly RingKeyRecord[]) {
    const keys = records.filter(({ retired }) => !retired).map(toWrappingKey);
    const current = keys.at(-1);
    if (current === undefined) {
      throw new RangeError('a key ring has at least one key');
    }
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#retired = new Set(records.filter(({ retired }) => retired).map(({ id }) => id));
    this.current = current;
  }

  /** The key with this id; `undefined` when it is not in the ring, or retired. */
  find(id: string): WrappingKey | undefined {
    return this.#keys.get(id);
  }

  isRetired(id: string): boolean {
    return this.#retired.has(id);
  }
}

function toWrappingKey({ id, key }: RingKeyRecord): WrappingKey {
  const bytes = Buffer.from(key, 'base64');
  const wrappingKey = { id, key: deriveKey(bytes, 'wrap data keys') };
  bytes.fill(0);
  return wrappingKey;
}
