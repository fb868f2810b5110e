import type { AbortOptions, FileStore } from '@oh/file-store-core';
import type { BackupKey } from './backup-key.ts';
import { type CreatedSnapshot, type CreateSnapshotOptions, createSnapshot } from './create-snapshot.ts';
import { diffSnapshots, type SnapshotChange } from './diff-snapshots.ts';
import type { OpenRepository } from './open-repository.ts';
import { type Pruned, type PruneOptions, pruneRepository } from './prune-repository.ts';
import type { RepositoryCipher } from './repository-cipher.ts';
import { type OpenOrMakeOptions, RepositoryFile } from './repository-file.ts';
import { type Restoration, type RestoreOptions, restoreSnapshot } from './restore-snapshot.ts';
import { type SnapshotList, toSnapshot } from './snapshot.ts';
import { listSnapshot, readSnapshotFile, type SnapshotEntriesOptions } from './snapshot-entries.ts';
import type { SnapshotEntry } from './snapshot-entry.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { type Verification, type VerifyOptions, verifyRepository } from './verify-repository.ts';

/** Options of {@link BackupRepository}. */
export interface BackupRepositoryOptions {
  /** Where the backups lie: a store, or with `withPrefix` a directory of one, that has nothing else. It is not closed. */
  readonly files: FileStore;
  /** Encrypts the repository that is made, and opens the one that is there. Default: none, the repository is not encrypted. */
  readonly key?: BackupKey | undefined;
  /** The wall clock. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/**
 * Snapshots of file stores in a repository: each content once, compressed, in packs of about 8 MiB, named by SHA-256.
 *
 * Several processes may back up, restore and check at once. The constructor does no I/O, and there is nothing to close.
 *
 * All methods throw {@link FileStoreError}: `not-found` when there is no repository, `corrupt` when its record is damaged, `unsupported` when it is of a newer
 * version, `permission-denied` when the key does not open it, `invalid-argument` when it needs none; and what its store answers.
 */
export class BackupRepository {
  readonly #files: FileStore;
  readonly #record: RepositoryFile;
  readonly #now: () => Date;

  constructor(options: BackupRepositoryOptions) {
    const { files, key, now = () => new Date() } = options;
    this.#files = files;
    this.#record = new RepositoryFile({ files, key, now });
    this.#now = now;
  }

  /**
   * Backs up what is in `source`; makes the repository where nothing is yet, but not in a dry run. An abort, or a kill, leaves earlier snapshots as they are and no new one.
   *
   * Files that cannot be read are left out and named in the result, as are those with secrets in clear when the repository is not encrypted.
   *
   * @throws {FileStoreError} `path-conflict` when the place of the repository has files of something else; `unsupported` where it has no conditions.
   */
  async create(source: FileStore, options: CreateSnapshotOptions = {}): Promise<CreatedSnapshot> {
    const { dryRun = false, signal } = options;
    signal?.throwIfAborted();
    return await createSnapshot(() => this.#openOrMake({ dryRun, signal }), source, this.#now(), options);
  }

  /**
   * What opens the repository, which this needs no key for: the kind of its key such as `passphrase`, `null` when it is not encrypted, `undefined` when there
   * is none.
   */
  async protectedBy({ signal }: AbortOptions = {}): Promise<string | null | undefined> {
    signal?.throwIfAborted();
    return await this.#record.protection({ signal });
  }

  /** The snapshots, oldest first; one that cannot be read hides no other. */
  async list({ signal }: AbortOptions = {}): Promise<SnapshotList> {
    const { files, cipher } = await this.#open({ signal });
    const { stored, unreadable } = await new SnapshotFiles(files, cipher).readAll({ signal });
    return { snapshots: stored.map(({ name, record }) => toSnapshot(name.id, record)), unreadable };
  }

  /**
   * The files of a snapshot in the order of their paths' UTF-8 bytes, lazily: no contents are read, and one part of their list is in memory at a time.
   *
   * @param id As for {@link restore}.
   * @throws {FileStoreError} `not-found` for a snapshot or a path that is not there; `invalid-argument` when several ids begin so; `corrupt`.
   */
  async *entries(id: string, options: SnapshotEntriesOptions = {}): AsyncGenerator<SnapshotEntry, void, undefined> {
    yield* listSnapshot(await this.#open({ signal: options.signal }), id, options);
  }

  /**
   * The contents of one file of a snapshot, in parts of at most 1 MiB; each is compared with its SHA-256 before it is given.
   *
   * @param id As for {@link restore}.
   * @throws {FileStoreError} `not-found` for a snapshot or a file that is not there; `invalid-argument` when several ids begin so; `corrupt`.
   */
  async *read(id: string, path: string, { signal }: AbortOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    yield* readSnapshotFile(await this.#open({ signal }), id, path, { signal });
  }

  /**
   * What the second of two snapshots has otherwise than the first, in order of path, lazily. Contents count, and content type and metadata; versions and times do not.
   *
   * @param before As for {@link restore}. @param after Likewise.
   * @throws {FileStoreError} `not-found` for a snapshot that is not there; `invalid-argument` when several ids begin so; `corrupt`.
   */
  async *diff(before: string, after: string, { signal }: AbortOptions = {}): AsyncGenerator<SnapshotChange, void, undefined> {
    yield* diffSnapshots(await this.#open({ signal }), before, after, { signal });
  }

  /**
   * Brings the files of a snapshot back into `target`: whole or not at all, each compared with its SHA-256. What is there with other contents is left, unless
   * `overwrite` says otherwise; so one that was interrupted is repeated to go on with it.
   *
   * @param id Four or more of the first digits of the snapshot's id, or `latest`: the newest, where all are of one source; else `invalid-argument`.
   * @throws {FileStoreError} `not-found` for a snapshot or a path that is not there; `invalid-argument` when several ids begin so.
   */
  async restore(id: string, target: FileStore, options: RestoreOptions = {}): Promise<Restoration> {
    return await restoreSnapshot(await this.#open({ signal: options.signal }), id, target, options);
  }

  /** Looks for damage. What it finds is the result, not an error; only the record of the repository has to be whole. */
  async verify(options: VerifyOptions = {}): Promise<Verification> {
    return await verifyRepository(await this.#open({ signal: options.signal }), options);
  }

  /**
   * Removes snapshots, and what only they needed in two steps: a prune marks packs, one that runs a grace period later deletes them. Backups may run meanwhile:
   * one that needs a marked pack takes the mark away.
   *
   * Nothing is done while anything that snapshots need cannot be read or found.
   *
   * @throws {FileStoreError} `unavailable`, which is retryable, while another prune runs; `corrupt`.
   */
  async prune(options: PruneOptions = {}): Promise<Pruned> {
    return await pruneRepository(await this.#open({ signal: options.signal }), options);
  }

  async #open({ signal }: AbortOptions): Promise<OpenRepository> {
    signal?.throwIfAborted();
    return this.#opened(await this.#record.open({ signal }));
  }

  async #openOrMake(options: OpenOrMakeOptions): Promise<OpenRepository> {
    return this.#opened(await this.#record.openOrMake(options));
  }

  #opened(cipher: RepositoryCipher): OpenRepository {
    return { files: this.#files, cipher, now: this.#now };
  }
}
