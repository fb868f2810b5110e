import type { AbortOptions, FileInfo, FileStore } from '../file-store.ts';
import { FileStoreError, hasErrorCode } from '../file-store-error.ts';
import { hasTombstone } from './has-tombstone.ts';
import { formatTombstone, parseTombstone, type TombstoneFields } from './tombstone-fields.ts';

/** What is left of a conversation that was deleted. */
export interface Tombstone extends TombstoneFields {
  /** The version of its file. */
  readonly version: string;
  /** When its file was written, by the clock of the store: whoever stands in it has entered before. */
  readonly modifiedAt: Date;
}

/** Leave to remove what a deleted conversation has left: until it is given back, nobody makes the conversation anew. */
export interface Removal extends Tombstone {
  /** The name by which it stands in the tombstone. */
  readonly remover: string;
}

/** Who has not ended a removal after so many milliseconds has died; a removal is none any more after half of them. */
const maxRemovalMs = 86_400_000;

/**
 * The file that says that a conversation was deleted, see `StorageLayout.conversationTombstone`.
 *
 * It names everybody who is removing what the conversation has left. As long as there is somebody the conversation is not made anew: on many stores a deletion
 * takes whatever lies at its path when it comes, and would take files of the new one. An empty file says that it was made anew.
 *
 * Every change is made by compare-and-set, and gives the file other bytes than it ever had, so that also a version made of the bytes tells them apart.
 */
export class TombstoneFile {
  readonly #files: FileStore;
  readonly #path: string;
  readonly #now: () => Date;

  /** @param now The clock of removals. Default: the system's. */
  constructor(files: FileStore, path: string, now: () => Date = () => new Date()) {
    this.#files = files;
    this.#path = path;
    this.#now = now;
  }

  /** Whether the conversation was deleted. */
  async exists(options: AbortOptions): Promise<boolean> {
    return await hasTombstone(this.#files, this.#path, options);
  }

  /** The tombstone, where there is one, and the version of its file, which may be there all the same. */
  async read({ signal }: AbortOptions): Promise<{ readonly tombstone?: Tombstone | undefined; readonly version?: string | undefined }> {
    try {
      const file = await this.#files.open(this.#path, { signal });
      const bytes = await file.bytes();
      const { modifiedAt, version } = file.info;
      const tombstone = (): Tombstone => ({ ...parseTombstone(new TextDecoder().decode(bytes)), modifiedAt, version });
      return { version, tombstone: bytes.byteLength === 0 ? undefined : tombstone() };
    } catch (error) {
      if (hasErrorCode(error, 'not-found')) {
        return {};
      }
      throw error;
    }
  }

  /** The tombstone; one that is damaged is nobody's. */
  async find(options: AbortOptions): Promise<Tombstone | undefined> {
    return (await this.read(options)).tombstone;
  }

  /**
   * Deletes a conversation, in name, and may take that back.
   *
   * @param before The version of the file when the conversation was looked at, `undefined` when there was none.
   * @returns The version of the new tombstone; `undefined` when the conversation was deleted, or made anew, since.
   */
  async raise(id: string, owner: string | undefined, before: string | undefined, options: AbortOptions): Promise<string | undefined> {
    return (await this.#replace(formatTombstone(this.#fieldsOf(id, owner)), before, options))?.version;
  }

  /** Deletes a conversation, in name, and begins to remove what it has left; a deletion that could be taken back no longer can. */
  async insist(id: string, owner: string | undefined, options: AbortOptions): Promise<Removal> {
    const remover = crypto.randomUUID();
    const fields = this.#fieldsOf(id, owner);
    const always = (present?: Tombstone): TombstoneFields => ({
      ...fields,
      isDecided: true,
      removers: this.#withRemover(present, remover),
      others: { ...present?.others, ...fields.others },
    });
    for (let written = await this.#write(always(), undefined, options); ; written = await this.#change(options, always)) {
      if (written !== undefined) {
        return { ...written, remover };
      }
    }
  }

  /**
   * Begins to remove what a deleted conversation has left; a deletion that could be taken back no longer can.
   *
   * @param version Only when the tombstone has it. Default: any.
   * @returns `undefined` when it is another one by now, or none.
   */
  async enter(version: string | undefined, options: AbortOptions): Promise<Removal | undefined> {
    return await this.#enter(
      (present) => ((version ?? present.version) === present.version ? { ...present, isDecided: true } : undefined),
      options,
    );
  }

  /** @throws {FileStoreError} `timeout` when a removal has lasted so long that others may soon take it for one that has ended. */
  check({ remover, removers }: Removal): void {
    if (this.#now().getTime() - Date.parse(removers.get(remover) ?? '') > maxRemovalMs / 2) {
      throw new FileStoreError('timeout', 'a deletion of a conversation takes longer than half a day; delete it again', {
        path: this.#path,
      });
    }
  }

  /** Ends a removal: nothing that it has begun goes on. */
  async leave(removal: Removal, options: AbortOptions): Promise<void> {
    const without = (fields: TombstoneFields): TombstoneFields => ({
      ...fields,
      removers: new Map([...fields.removers].filter(([name]) => name !== removal.remover)),
    });
    if ((await this.#write(without(removal), removal.version, options)) === undefined) {
      await this.#change(options, (present) => (present?.removers.has(removal.remover) === true ? without(present) : undefined));
    }
  }

  /**
   * Removes something of one's own that came late, while the conversation stays deleted; where it is not, nothing is done.
   *
   * A deletion that could be taken back still can, once this has ended: what was acknowledged before it is to stay then.
   *
   * After a failure the removal has not ended: nobody knows what a store that did not answer still does.
   */
  async whileDeleted(remove: () => Promise<void>, options: AbortOptions): Promise<void> {
    await this.#during((present) => present, remove, options);
  }

  /**
   * Removes what came late, also what others have added to, while the conversation stays deleted; otherwise as {@link whileDeleted}.
   *
   * Where the deletion can be taken back nothing is done: either that happens, or whoever decides it removes this too.
   *
   * @returns False where it can be taken back.
   */
  async whileDecided(remove: () => Promise<void>, options: AbortOptions): Promise<boolean> {
    let isDecided = true;
    const whereDecided = (present: Tombstone): Tombstone | undefined => {
      isDecided = present.isDecided;
      return isDecided ? present : undefined;
    };
    await this.#during(whereDecided, remove, options);
    return isDecided;
  }

  /** Takes the tombstone away when it has the version. @returns Whether it had. */
  async lift(version: string, options: AbortOptions): Promise<boolean> {
    // Written over, as not every store deletes under a condition.
    return (await this.#replace('', version, options)) !== undefined;
  }

  /** Since when others remove something, those aside that have died. */
  removedSince(tombstone: Tombstone): readonly string[] {
    return this.#living(tombstone).map(([, begun]) => begun);
  }

  #fieldsOf(id: string, owner: string | undefined): TombstoneFields {
    return { owner, isDecided: false, removers: new Map(), others: { conversation_id: id, deleted_at: this.#now().toISOString() } };
  }

  async #enter(change: (present: Tombstone) => TombstoneFields | undefined, options: AbortOptions): Promise<Removal | undefined> {
    const remover = crypto.randomUUID();
    const written = await this.#change(options, (present) => {
      const fields = present && change(present);
      return fields && { ...fields, removers: this.#withRemover(present, remover) };
    });
    return written === undefined ? undefined : { ...written, remover };
  }

  async #during(
    change: (present: Tombstone) => TombstoneFields | undefined,
    remove: () => Promise<void>,
    options: AbortOptions,
  ): Promise<void> {
    const removal = await this.#enter(change, options);
    if (removal !== undefined) {
      await remove();
      await this.leave(removal, options);
    }
  }

  #withRemover(present: Tombstone | undefined, remover: string): ReadonlyMap<string, string> {
    const living = present === undefined ? [] : this.#living(present);
    return new Map([...living, [remover, this.#now().toISOString()]]);
  }

  #living({ removers, modifiedAt }: Tombstone): readonly (readonly [string, string])[] {
    const ageOf = (time: number): number => this.#now().getTime() - time;
    return [...removers].filter(([, begun]) => {
      const age = ageOf(Date.parse(begun));
      // What is no time, or one of days to come, would never be over: whoever has it came before the file was written.
      return (age >= -maxRemovalMs ? age : ageOf(modifiedAt.getTime())) <= maxRemovalMs;
    });
  }

  /** Makes of the tombstone what `change` says; `undefined` when that is nothing. */
  async #change(
    options: AbortOptions,
    change: (present: Tombstone | undefined) => TombstoneFields | undefined,
  ): Promise<Tombstone | undefined> {
    for (;;) {
      const { tombstone, version } = await this.read(options);
      const fields = change(tombstone);
      const written = fields && (await this.#write(fields, version, options));
      if (fields === undefined || written !== undefined) {
        return written;
      }
    }
  }

  async #write(fields: TombstoneFields, version: string | undefined, options: AbortOptions): Promise<Tombstone | undefined> {
    const written = await this.#replace(formatTombstone(fields), version, options);
    return written && { ...fields, modifiedAt: written.modifiedAt, version: written.version };
  }

  /** @returns The new file; `undefined` when somebody else was faster. */
  async #replace(text: string, version: string | undefined, { signal }: AbortOptions): Promise<FileInfo | undefined> {
    const condition = version === undefined ? { ifAbsent: true } : { ifVersion: version };
    try {
      return await this.#files.write(this.#path, text, { ...condition, signal });
    } catch (error) {
      if (hasErrorCode(error, 'already-exists') || hasErrorCode(error, 'version-mismatch')) {
        return undefined;
      }
      throw error;
    }
  }
}
