import type { Writable } from 'node:stream';
import { escapeControl } from './escape-control.ts';

/** The program's standard error: lines for people. */
export class Notes {
  readonly #stream: Writable;
  #written: Promise<void> = Promise.resolve();

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', ignoreError);
  }

  /** Writes `oh-storage: message` as one line; control characters are made visible. */
  write(message: string): void {
    const line = `oh-storage: ${escapeControl(message)}\n`;
    this.#written = new Promise((resolve) => this.#stream.write(line, () => resolve()));
  }

  /** Leaves the stream to its owner, when all is written or has failed. */
  async release(): Promise<void> {
    await this.#written;
    this.#stream.off('error', ignoreError);
  }
}

/** There is nowhere left to tell it. */
function ignoreError(): void {}
