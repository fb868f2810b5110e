import { createHash } from 'node:crypto';
import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { type ConversationRecord, parseRecord, type RecordAddress, unreadableRecord } from './conversation-record.ts';

/** A record that was replaced and is kept. */
export interface MetadataVersion {
  /** Names the version among those of its conversation; opaque. */
  readonly version: string;
  /** When it was replaced, by the clock of the backend. */
  readonly replaced_at: Date;
}

/** A number, so that the order of the names is that in which the records were replaced, and the record's hash. */
const namePattern = /^\d{10}-[0-9a-f]{16}$/;

/**
 * The records of a conversation that were replaced, beside the record: `metadata-history/{order}-{hash}.json`, each with the bytes it had.
 *
 * A record is kept before it is replaced, so that none is lost; whoever replaces the same record at the same time writes the same file.
 */
export class MetadataHistory {
  readonly #files: FileStore;
  readonly #length: number;

  /** @param length Versions that are kept of each conversation, 0 for none. */
  constructor(files: FileStore, length: number) {
    this.#files = files;
    this.#length = length;
  }

  /** Keeps a record that is about to be replaced, and forgets the oldest where there are too many. */
  async keep({ path }: RecordAddress, text: string, options: AbortOptions): Promise<void> {
    if (this.#length === 0) {
      return;
    }
    const { signal } = options;
    const directory = directoryOf(path);
    // Listed after the record was read: whoever replaced the one before has kept it by then, so equal numbers are of equal records.
    const names = await this.#names(directory, options);
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const last = names.at(-1);
    if (last === undefined || hashOf(last) !== hash) {
      const order = last === undefined ? 0 : Number(last.slice(0, 10)) + 1;
      const name = `${String(order).padStart(10, '0')}-${hash}`;
      await this.#files.write(`${directory}/${name}.json`, text, { signal });
      names.push(name);
    }
    for (const name of names.slice(0, -this.#length)) {
      await this.#files.delete(`${directory}/${name}.json`, { signal });
    }
  }

  /** Removes what was kept of a conversation that is gone. */
  async remove({ path }: RecordAddress): Promise<void> {
    if (this.#length > 0) {
      await this.#files.delete(directoryOf(path));
    }
  }

  /** The versions that are kept, the one replaced last first. */
  async list({ path }: RecordAddress, options: AbortOptions): Promise<readonly MetadataVersion[]> {
    const versions: MetadataVersion[] = [];
    for await (const entry of this.#files.entries(directoryOf(path), { signal: options.signal })) {
      const version = nameOf(entry.path);
      if (version !== undefined && entry.kind === 'file') {
        versions.push({ version, replaced_at: entry.modifiedAt });
      }
    }
    return versions.reverse();
  }

  /** @throws {FileStoreError} `invalid-argument` for what is no name of a version. */
  checkName(version: string): void {
    if (!namePattern.test(version)) {
      throw new FileStoreError('invalid-argument', 'not a version of a record; listVersions names those there are');
    }
  }

  /**
   * Reads a version that is kept.
   *
   * @throws {FileStoreError} `not-found`.
   */
  async read({ id, path }: RecordAddress, version: string, options: AbortOptions): Promise<ConversationRecord> {
    const address = { id, path: `${directoryOf(path)}/${version}.json` };
    try {
      return parseRecord(await this.#files.read(address.path, { signal: options.signal }), address);
    } catch (error) {
      if (hasErrorCode(error, 'corrupt')) {
        return unreadableRecord(address, 'its bytes are not UTF-8 text', error);
      }
      throw error;
    }
  }

  async #names(directory: string, options: AbortOptions): Promise<string[]> {
    const paths = await this.#files.list(directory, { signal: options.signal });
    return paths.flatMap((path) => nameOf(path) ?? []);
  }
}

function directoryOf(path: string): string {
  return `${path.slice(0, path.lastIndexOf('/'))}/metadata-history`;
}

function nameOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '');
  return path.endsWith('.json') && namePattern.test(name) ? name : undefined;
}

function hashOf(name: string): string {
  return name.slice(11);
}
