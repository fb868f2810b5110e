import { createHash } from 'node:crypto';
import type { AbortOptions } from '@oh/file-store-core';
import { versionOf } from './copy-file.ts';
import { recordDirectory } from './list-files.ts';
import { pathIn, type TransferPlace } from './transfer-place.ts';

/**
 * A file at the target of a directory that is being moved, from before its first file until all are there.
 *
 * It tells a later run that the target, which is there by now, is the directory itself and not the one that it goes into.
 */
export class MoveMarker {
  readonly #to: TransferPlace;
  readonly #name: string;

  /** @param to The target. @param address The same text for the same directory that is moved. */
  constructor(to: TransferPlace, address: string) {
    this.#to = to;
    this.#name = `${recordDirectory}/move-${createHash('sha256').update(address).digest('hex').slice(0, 16)}`;
  }

  /** Whether a move has begun, and not ended. */
  async isThere(options: AbortOptions): Promise<boolean> {
    return (await versionOf(this.#to, this.#name, options)) !== undefined;
  }

  /** Says that a move begins. */
  async write(options: AbortOptions): Promise<void> {
    await this.#to.store.write(pathIn(this.#to, this.#name), '', options);
  }

  /** Says that a move has ended, as also one that had no such file. */
  async delete(options: AbortOptions): Promise<void> {
    await this.#to.store.delete(pathIn(this.#to, this.#name), options);
  }
}
