import type { AbortOptions } from '@oh/file-store-core';
import { FileStoreError } from '@oh/file-store-core';
import type { KeyWrapper } from '../src/key-wrapper.ts';

/** A wrapper that protects nothing and counts its calls: tests of what lies above it need no derivation. */
export class FixedKey implements KeyWrapper {
  readonly kind = 'fixed';
  readonly #name: string;
  calls = 0;

  constructor(name = 'k') {
    this.#name = name;
  }

  async wrap(key: Uint8Array, { signal }: AbortOptions = {}): Promise<string> {
    signal?.throwIfAborted();
    this.calls += 1;
    return `${this.#name} ${Buffer.from(key).toString('hex')}`;
  }

  async unwrap(wrapped: string, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    this.calls += 1;
    const [name, key = ''] = wrapped.split(' ');
    if (name !== this.#name) {
      throw new FileStoreError('permission-denied', 'the passphrase is wrong');
    }
    return Buffer.from(key, 'hex');
  }
}
