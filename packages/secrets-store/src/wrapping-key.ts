import type { KeyObject } from 'node:crypto';

/** A key that wraps data keys, ready for use. */
export interface WrappingKey {
  /** 1 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly id: string;
  /** 32 bytes for AES-256. */
  readonly key: KeyObject;
  /** 32 bytes for HMAC-SHA256. */
  readonly macKey: KeyObject;
}
