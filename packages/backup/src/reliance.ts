import { type AbortOptions, type FileStore, FileStoreError } from '@oh/file-store-core';
import { lossOf } from './lost-file.ts';
import { type Marks, marksPath, readMarks, updateMarks } from './marks-file.ts';
import { packsDirectory, parsePackPath } from './pack-path.ts';

/** Marks that cannot be read. */
interface UnreadableMarks {
  readonly loss: FileStoreError;
  /** As long as their file has it no prune has said anew that it deletes. */
  readonly version: string;
}

/** The packs that a backup relies upon, while prunes delete others. */
export class Reliance {
  readonly #files: FileStore;
  readonly #begun: Marks | UnreadableMarks;

  private constructor(files: FileStore, begun: Marks | UnreadableMarks) {
    this.#files = files;
    this.#begun = begun;
  }

  /**
   * Before a backup looks at what is there.
   *
   * @throws {FileStoreError} `unsupported` for marks of another version; what may pass.
   */
  static async begin(files: FileStore, options: AbortOptions): Promise<Reliance> {
    try {
      return new Reliance(files, await readMarks(files, options));
    } catch (error) {
      return new Reliance(files, await inspectLoss(files, error, options));
    }
  }

  /** Why nothing that is there may be relied upon, as any of it may be in deletion; `undefined` where that is known. */
  get damage(): FileStoreError | undefined {
    return 'loss' in this.#begun ? this.#begun.loss : undefined;
  }

  /** Packs that are being deleted already, where that is known. */
  get refused(): ReadonlySet<string> {
    const packs = 'packs' in this.#begun ? [...this.#begun.packs] : [];
    return new Set(packs.filter(([, { deleting }]) => deleting !== null).map(([pack]) => pack));
  }

  /**
   * Takes the marks from packs, before the snapshot that needs them is written.
   *
   * @throws {FileStoreError} `unavailable`, which is retryable, when one is gone or is being deleted.
   */
  async rescue(packs: ReadonlySet<string>, options: AbortOptions): Promise<void> {
    const marks = await this.#read(options);
    if (marks !== undefined && [...packs].some((pack) => marks.packs.get(pack)?.deleting === null)) {
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
    await this.#check(await this.#read(options), packs, options);
  }

  /** @returns `undefined` for marks that could not be read before, and were not replaced since: what was stored since is in none of them. */
  async #read(options: AbortOptions): Promise<Marks | undefined> {
    try {
      return await readMarks(this.#files, options);
    } catch (error) {
      const { loss, version } = await inspectLoss(this.#files, error, options);
      if (!('version' in this.#begun) || version !== this.#begun.version) {
        throw loss;
      }
      return undefined;
    }
  }

  async #check(marks: Marks | undefined, packs: ReadonlySet<string>, options: AbortOptions): Promise<void> {
    const isDeleting = [...packs].some((pack) => (marks?.packs.get(pack)?.deleting ?? null) !== null);
    const isUnchanged = 'deletions' in this.#begun && marks?.deletions === this.#begun.deletions;
    if (isDeleting || (!isUnchanged && (await this.#isAnyMissing(packs, options)))) {
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

/** @throws What may pass, and where marks are there no more. */
async function inspectLoss(files: FileStore, error: unknown, options: AbortOptions): Promise<UnreadableMarks> {
  const loss = await lossOf({ files, path: marksPath, error }, options);
  return { loss, version: (await files.stat(marksPath, options)).version };
}
