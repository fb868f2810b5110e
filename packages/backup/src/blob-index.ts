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
  readonly #copies = new Map<string, BlobLocation[]>();
  readonly #packs = new Map<string, readonly PackFrame[]>();
  readonly #only: ReadonlySet<string> | undefined;

  /** @param only The blobs that are of interest: frames without any of them are as if they were not there. Default: all are. */
  constructor(only?: ReadonlySet<string>) {
    this.#only = only;
  }

  /** The packs that were added, with their frames. */
  get packs(): ReadonlyMap<string, readonly PackFrame[]> {
    return this.#packs;
  }

  /** Adds what a pack holds; a blob that is known already stays where it was found first, and has one more copy. */
  add(pack: string, frames: readonly PackFrame[]): void {
    const kept = frames.filter((frame) => this.#isOfInterest(frame));
    this.#packs.set(pack, kept);
    for (const frame of kept) {
      let start = 0;
      for (const [id, size] of frame.blobs) {
        const location = { pack, frame, start, size };
        if (!this.#locations.has(id)) {
          this.#locations.set(id, location);
        } else {
          this.#copies.set(id, [...(this.#copies.get(id) ?? []), location]);
        }
        start += size;
      }
    }
  }

  /** Takes one of {@link findAll} for where the blob lies from now on. */
  prefer(id: string, location: BlobLocation): void {
    const others = this.findAll(id).filter((each) => each !== location);
    this.#locations.set(id, location);
    this.#copies.set(id, others);
  }

  /** Lets a blob that turned out to be damaged be stored anew. */
  forget(id: string): void {
    this.#locations.delete(id);
    this.#copies.delete(id);
  }

  /** Where the blob lies, or `undefined` when it is in no pack that was added. */
  find(id: string): BlobLocation | undefined {
    return this.#locations.get(id);
  }

  /** Everywhere the blob lies: first where {@link find} tells, then the copies that two backups at once, or a prune, have made. */
  findAll(id: string): readonly BlobLocation[] {
    const first = this.#locations.get(id);
    return first === undefined ? [] : [first, ...(this.#copies.get(id) ?? [])];
  }

  #isOfInterest({ blobs }: PackFrame): boolean {
    const only = this.#only;
    return only === undefined || blobs.some(([id]) => only.has(id));
  }
}
