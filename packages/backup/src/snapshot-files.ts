import { type AbortOptions, type FileStore, FileStoreError, forEachConcurrently, hasErrorCode } from '@oh/file-store-core';
import { corrupt } from './corrupt.ts';
import { isMissing, lossOf } from './lost-file.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { sha256 } from './sha256.ts';
import type { UnreadableSnapshot } from './snapshot.ts';
import { parseSnapshotPath, type SnapshotName, snapshotName, snapshotsDirectory, toStamp } from './snapshot-name.ts';
import { parseSnapshot, type SnapshotRecord, serializeSnapshot } from './snapshot-record.ts';

const maxInFlight = 16;
/** Fewest digits that name a snapshot. */
const minPrefix = 4;
/** So many sources are named in an error. */
const maxShown = 5;

/** A snapshot with its name. */
export interface StoredSnapshot {
  readonly name: SnapshotName;
  readonly record: SnapshotRecord;
}

/** Snapshots that were read, oldest first, and those that cannot be. */
export interface ReadSnapshots {
  readonly stored: readonly StoredSnapshot[];
  readonly unreadable: readonly UnreadableSnapshot[];
}

/** The files of the snapshots. */
export class SnapshotFiles {
  readonly #files: FileStore;
  readonly #cipher: RepositoryCipher;

  constructor(files: FileStore, cipher: RepositoryCipher) {
    this.#files = files;
    this.#cipher = cipher;
  }

  /** Writes a snapshot, which is there from then on. */
  async write(record: SnapshotRecord, options: AbortOptions): Promise<SnapshotName> {
    const stamp = toStamp(record.created_at);
    const bytes = this.#cipher.seal(Buffer.from(serializeSnapshot(record)), ['snapshot', stamp]);
    const name = snapshotName(stamp, sha256(bytes));
    try {
      await this.#files.write(name.path, bytes, { ...options, ifAbsent: true });
    } catch (error) {
      // The same name is the same snapshot: two backups of one state in one millisecond.
      if (!hasErrorCode(error, 'already-exists')) {
        throw error;
      }
    }
    return name;
  }

  /** @throws {FileStoreError} `corrupt`; `unsupported` for one of another version. */
  async read(name: SnapshotName, options: AbortOptions): Promise<StoredSnapshot> {
    const bytes = await this.#files.readBytes(name.path, options);
    const text = sha256(bytes) === name.id ? this.#cipher.open(bytes, ['snapshot', name.stamp]) : undefined;
    const record = text && parseSnapshot(text.toString());
    if (typeof record === 'number') {
      throw new FileStoreError('unsupported', `${JSON.stringify(name.path)} is of version ${record}; known is 1`, { path: name.path });
    }
    if (record === undefined || toStamp(record.created_at) !== name.stamp) {
      throw corrupt(name.path, 'it is not the snapshot that it is named by');
    }
    return { name, record };
  }

  /** The names of all snapshots, oldest first; other files that lie there are no snapshots. */
  async names(options: AbortOptions): Promise<{ readonly names: readonly SnapshotName[]; readonly others: readonly string[] }> {
    const paths = await this.#files.list(snapshotsDirectory, options);
    const parsed = paths.map((path) => ({ path, name: parseSnapshotPath(path) }));
    return {
      names: parsed.flatMap(({ name }) => name ?? []),
      others: parsed.filter(({ name }) => name === undefined).map(({ path }) => path),
    };
  }

  /** All snapshots, oldest first; one that cannot be read hides no other. */
  async readAll({ signal }: AbortOptions): Promise<ReadSnapshots> {
    const { names, others } = await this.names({ signal });
    const { stored, unreadable } = await this.#readEach(names, { signal });
    const misnamed = others.map((path) => ({ path, error: corrupt(path, 'it is not named as a snapshot') }));
    return { stored, unreadable: [...misnamed, ...unreadable] };
  }

  /** The newest snapshot of a source that can be read: as many are read as are newer, and some more. */
  async findNewest(source: string, { signal }: AbortOptions): Promise<StoredSnapshot | undefined> {
    const { names } = await this.names({ signal });
    for (let end = names.length; end > 0; end -= maxInFlight) {
      const { stored } = await this.#readEach(names.slice(Math.max(0, end - maxInFlight), end), { signal });
      const found = stored.findLast(({ record }) => record.source === source);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  }

  async #readEach(names: readonly SnapshotName[], { signal }: AbortOptions): Promise<ReadSnapshots> {
    const stored: StoredSnapshot[] = [];
    const unreadable: UnreadableSnapshot[] = [];
    await forEachConcurrently(names, { maxInFlight, signal }, async (name, inFlight) => {
      try {
        stored.push(await this.read(name, { signal: inFlight }));
      } catch (error) {
        const failed = { files: this.#files, path: name.path, error };
        // A prune that runs meanwhile may delete what was listed.
        if (!(await isMissing(failed, { signal: inFlight }))) {
          const why = hasErrorCode(error, 'unsupported') ? error : await lossOf(failed, { signal: inFlight });
          unreadable.push({ path: name.path, error: why });
        }
      }
    });
    return { stored: stored.sort((a, b) => (a.name.path < b.name.path ? -1 : 1)), unreadable };
  }

  /**
   * Finds a snapshot.
   *
   * @param id At least four of its first digits, or `latest`: the newest, where all are of one source.
   * @throws {FileStoreError} `not-found`; `invalid-argument` when several begin so, or when there are several sources; as {@link read}.
   */
  async find(id: string, options: AbortOptions): Promise<StoredSnapshot> {
    const { names } = await this.names(options);
    const last = names.at(-1);
    if (id === 'latest' && last !== undefined) {
      return await this.#findLatest(last, options);
    }
    const [name, another] = names.filter((each) => id.length >= minPrefix && each.id.startsWith(id));
    if (name === undefined) {
      const why =
        names.length === 0 ? 'the repository has none yet' : 'name it by "latest", or by four or more of the first digits of its id';
      throw new FileStoreError('not-found', `no snapshot ${JSON.stringify(id)}: ${why}`);
    }
    if (another !== undefined) {
      throw new FileStoreError('invalid-argument', `the ids of several snapshots begin with ${JSON.stringify(id)}; give more of it`);
    }
    return await this.read(name, options);
  }

  /** Reads all of them, each once: any may be of another source, and no name says of which. */
  async #findLatest(last: SnapshotName, options: AbortOptions): Promise<StoredSnapshot> {
    const { stored } = await this.readAll(options);
    const bySource = new Map(stored.map((each) => [each.record.source, each]));
    if (bySource.size > 1) {
      const newest = [...bySource.values()].sort((a, b) => (a.name.path < b.name.path ? 1 : -1));
      const shown = newest.slice(0, maxShown).map(({ name, record }) => `${name.id.slice(0, 12)} of ${JSON.stringify(record.source)}`);
      const more = newest.length > maxShown ? ', ...' : '';
      throw new FileStoreError(
        'invalid-argument',
        `there are snapshots of several sources; name one by its id, such as the newest of each: ${shown.join(', ')}${more}`,
      );
    }
    // One that cannot be read is not passed over for an older one.
    return stored.find(({ name }) => name.path === last.path) ?? (await this.read(last, options));
  }
}
