import { type AbortOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import type { BlobIndex, BlobLocation } from './blob-index.ts';
import type { BlobReader } from './blob-reader.ts';
import { corrupt } from './corrupt.ts';
import type { BackupFile } from './file-entry.ts';
import { findDisorder, readFilePart } from './file-list.ts';
import { packPath } from './pack-path.ts';
import type { StoredSnapshot } from './snapshot-files.ts';

/** A file of a snapshot that cannot be brought back, or a part of its list that cannot be read. */
export interface SnapshotLoss {
  /** The id of the snapshot. */
  readonly snapshot: string;
  /** The file; `undefined` for a part of the list, whose files are not known. */
  readonly path: string | undefined;
  /** What is damaged. */
  readonly error: FileStoreError;
}

/** What is wrong with a pack, and the blobs that it does not have any more. */
export interface PackDamage {
  readonly error: FileStoreError;
  readonly blobs: ReadonlySet<string>;
}

/** What one part of a list says, wherever it stands. */
interface PartCheck {
  /** Its first file, and its last one; `undefined` when it cannot be read. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly files: number;
  readonly bytes: number;
  readonly lost: readonly Omit<SnapshotLoss, 'snapshot'>[];
}

/** Checks that every part of every file of snapshots is somewhere; a part of a list that several have in common is read once. */
export class SnapshotChecker {
  readonly #reader: BlobReader;
  readonly #index: BlobIndex;
  readonly #packSizes: ReadonlyMap<string, number>;
  readonly #damage: ReadonlyMap<string, PackDamage>;
  readonly #parts = new Map<string, PartCheck>();
  readonly lost: SnapshotLoss[] = [];
  /** Snapshots whose numbers do not fit their lists. */
  readonly damaged: FileStoreError[] = [];

  /** @param damage By pack, what is known to be damaged. */
  constructor(reader: BlobReader, index: BlobIndex, packSizes: ReadonlyMap<string, number>, damage: ReadonlyMap<string, PackDamage>) {
    this.#reader = reader;
    this.#index = index;
    this.#packSizes = packSizes;
    this.#damage = damage;
  }

  async check({ name, record }: StoredSnapshot, options: AbortOptions): Promise<void> {
    let after: string | undefined;
    let [files, bytes, isWhole] = [0, 0, true];
    for (const id of record.list) {
      const checked = this.#parts.get(id) ?? (await this.#checkPart(id, options));
      this.#parts.set(id, checked);
      const disorder = checked.first === undefined ? undefined : findDisorder(id, checked.first, after);
      const part = disorder === undefined ? checked : toLostPart(disorder);
      this.lost.push(...part.lost.map((loss) => ({ snapshot: name.id, ...loss })));
      isWhole &&= part.last !== undefined;
      files += part.files;
      bytes += part.bytes;
      after = part.last ?? after;
    }
    if (isWhole && (files !== record.files || bytes !== record.bytes)) {
      this.damaged.push(corrupt(name.path, `it lists ${files} files and not ${record.files}`));
    }
  }

  async #checkPart(id: string, options: AbortOptions): Promise<PartCheck> {
    try {
      const files = await readFilePart(id, undefined, this.#reader, options);
      return {
        first: files[0]?.path,
        last: files.at(-1)?.path,
        files: files.length,
        bytes: files.reduce((sum, { size }) => sum + size, 0),
        lost: files.flatMap((file) => this.#checkFile(file) ?? []),
      };
    } catch (error) {
      if (!hasErrorCode(error, 'corrupt')) {
        throw error;
      }
      return toLostPart(error);
    }
  }

  #checkFile({ path, size, chunks }: BackupFile): Omit<SnapshotLoss, 'snapshot'> | undefined {
    let bytes = 0;
    for (const id of chunks) {
      const error = this.#checkBlob(id);
      if (error !== undefined) {
        return { path, error };
      }
      bytes += this.#index.find(id)?.size ?? 0;
    }
    return bytes === size ? undefined : { path, error: corrupt(path, `its parts have ${bytes} bytes, not ${size}`) };
  }

  /** @returns Why it is lost, when it lies whole in no pack. */
  #checkBlob(id: string): FileStoreError | undefined {
    const errors = this.#index.findAll(id).map((location) => this.#checkLocation(id, location));
    if (errors.includes(undefined)) {
      return undefined;
    }
    return errors[0] ?? new FileStoreError('corrupt', `the blob ${id} is in no pack that can be read`);
  }

  #checkLocation(id: string, { pack, frame }: BlobLocation): FileStoreError | undefined {
    if ((this.#packSizes.get(pack) ?? 0) < frame.at + frame.length) {
      return corrupt(packPath(pack), 'it is missing or too short');
    }
    const damage = this.#damage.get(pack);
    return damage?.blobs.has(id) === true ? damage.error : undefined;
  }
}

function toLostPart(error: FileStoreError): PartCheck {
  return { first: undefined, last: undefined, files: 0, bytes: 0, lost: [{ path: undefined, error }] };
}
