import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import { type Marks, readMarks, updateMarks } from './marks-file.ts';
import { packsDirectory, parsePackPath } from './pack-path.ts';

/** The packs that a backup relies upon, while prunes delete others. */
export class Reliance {
  readonly #files: FileStore;
  readonly #deletions: number;
  /** Packs that are being deleted already. */
  readonly refused: ReadonlySet<string>;

  private constructor(files: FileStore, marks: Marks) {
    this.#files = files;
    this.#deletions = marks.deletions;
    this.refused = new Set([...marks.packs].filter(([, { deleting }]) => deleting !== null).map(([pack]) => pack));
  }

  /** Before a backup looks at what is there. */
  static async begin(files: FileStore, options: AbortOptions): Promise<Reliance> {
    return new Reliance(files, await readMarks(files, options));
  }

  /**
   * Takes the marks from packs, before the snapshot that needs them is written.
   *
   * @throws {FileStoreError} `unavailable`, which is retryable, when one is gone or is being deleted.
   */
  async rescue(packs: ReadonlySet<string>, options: AbortOptions): Promise<void> {
    const marks = await readMarks(this.#files, options);
    if ([...packs].some((pack) => marks.packs.get(pack)?.deleting === null)) {
      const change = ({ deletions, packs: marked }: Marks): Marks => ({
        deletions,
        packs: new Map([...marked].filter(([pack, { deleting }]) => deleting !== null || !packs.has(pack))),
      });
      await this.#check(await updateMarks(this.#files, change, options), packs, options);
    } else {
      await this.#check(marks, packs, options);
    }
  }

  /**
   * Looks again, after the snapshot was written: a prune that did not see it had said before that it was deleting.
   *
   * @throws {FileStoreError} As {@link rescue}.
   */
  async confirm(packs: ReadonlySet<string>, options: AbortOptions): Promise<void> {
    await this.#check(await readMarks(this.#files, options), packs, options);
  }

  async #check(marks: Marks, packs: ReadonlySet<string>, options: AbortOptions): Promise<void> {
    const isDeleting = [...packs].some((pack) => (marks.packs.get(pack)?.deleting ?? null) !== null);
    if (isDeleting || (marks.deletions !== this.#deletions && (await this.#isAnyMissing(packs, options)))) {
      throw new FileStoreError(
        'unavailable',
        'a prune deleted what this backup relies upon, as the backup took longer than the grace period; run it again',
      );
    }
  }

  async #isAnyMissing(packs: ReadonlySet<string>, { signal }: AbortOptions): Promise<boolean> {
    const missing = new Set(packs);
    for await (const { path } of this.#files.entries(packsDirectory, { recursive: true, signal })) {
      missing.delete(parsePackPath(path) ?? '');
    }
    return missing.size > 0;
  }
}
