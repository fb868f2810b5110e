import type { PackFrame } from './pack-table.ts';

/** Where a blob lies. */
export interface BlobLocation {
  readonly pack: string;
  readonly frame: PackFrame;
  /** Where it begins in the contents of the frame, in bytes. */
  readonly start: number;
  /** Bytes of it. */
  readonly size: number;
}

/** Which blob lies where, in memory. */
export class BlobIndex {
  readonly #locations = new Map<string, BlobLocation>();
  readonly #packs = new Map<string, readonly PackFrame[]>();

  /** The packs that were added, with their frames. */
  get packs(): ReadonlyMap<string, readonly PackFrame[]> {
    return this.#packs;
  }

  /** Adds what a pack holds; a blob that is known already stays where it was found first. */
  add(pack: string, frames: readonly PackFrame[]): void {
    this.#packs.set(pack, frames);
    for (const frame of frames) {
      let start = 0;
      for (const [id, size] of frame.blobs) {
        if (!this.#locations.has(id)) {
          this.#locations.set(id, { pack, frame, start, size });
        }
        start += size;
      }
    }
  }

  /** Where the blob lies, or `undefined` when it is in no pack that was added. */
  find(id: string): BlobLocation | undefined {
    return this.#locations.get(id);
  }
}
