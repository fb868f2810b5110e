import { FileStoreError } from '@oh/file-store-core';
import type { SettingsSealer } from '../src/index.ts';

/** What a {@link ContextSealer} was asked. */
export interface SealerCall {
  readonly operation: 'seal' | 'open';
  readonly context: readonly string[];
}

/** A sealer for tests: not secret, but like a real one it makes another text each time and opens for the context and the key only. */
export class ContextSealer implements SettingsSealer {
  readonly calls: SealerCall[] = [];
  readonly #key: string;
  #count = 0;

  constructor(key = 'k1') {
    this.#key = key;
  }

  async seal(text: string, context: readonly string[]): Promise<string> {
    this.calls.push({ operation: 'seal', context });
    this.#count += 1;
    return Buffer.from(JSON.stringify([this.#key, this.#count, context, text])).toString('base64url');
  }

  keyIdOf(sealed: string): string {
    const [key] = JSON.parse(Buffer.from(sealed, 'base64url').toString()) as [string];
    return key;
  }

  async open(sealed: string, context: readonly string[]): Promise<string> {
    this.calls.push({ operation: 'open', context });
    const [key, , sealedFor, text] = JSON.parse(Buffer.from(sealed, 'base64url').toString()) as [string, number, string[], string];
    if (key !== this.#key) {
      throw new FileStoreError('permission-denied', 'the key is not there');
    }
    if (JSON.stringify(sealedFor) !== JSON.stringify(context)) {
      throw new FileStoreError('corrupt', 'sealed for another context');
    }
    return text;
  }
}
