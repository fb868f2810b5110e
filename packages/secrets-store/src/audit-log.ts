import { setTimeout as delay } from 'node:timers/promises';
import { type AbortOptions, type FileStore, FileStoreError, homeLayout, type StorageLayout } from '@oh/file-store-core';
import {
  type AuditEntry,
  type AuditEvent,
  type AuditLine,
  hashAuditLine,
  noPrevious,
  parseAuditLine,
  toAuditBody,
  toAuditLine,
} from './audit-entry.ts';
import { AuditSegments } from './audit-segments.ts';
import type { KeyRing, SealOptions } from './key-ring.ts';

/** How often an entry loses against others before it is given up. */
const maxAttempts = 1000;
/** Longest pause in milliseconds before another attempt. */
const maxPauseMs = 20;

/** Options of {@link AuditLog}. */
export interface AuditLogOptions {
  /** Where the log is kept; it needs conditions. The caller opens and closes it. */
  readonly files: FileStore;
  /** The keys that authenticate the entries. */
  readonly keys: KeyRing;
  /** Where it lies. Default: `homeLayout`. */
  readonly layout?: StorageLayout | undefined;
  /** The user whose secrets it speaks of. Default: none. */
  readonly userId?: string | undefined;
  /** Who does what is logged, such as the name of a service. Default: nobody is named. */
  readonly actor?: string | undefined;
  /** The clock of the entries. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/** What {@link AuditLog.verify} has found. */
export interface AuditVerification {
  /** How many entries there are. */
  readonly entries: number;
  /**
   * The SHA-256 of the last line; zeros when there is none. Kept elsewhere and given to the next verification, it shows whether the end of the log was cut off.
   */
  readonly head: string;
  /**
   * Entries whose key is not in the ring: it was destroyed, or somebody without a key has made them up. Their chain holds, their authentication cannot be
   * checked; the `head` of a verification from before the key was destroyed vouches for those up to it.
   */
  readonly unauthenticated: number;
  /** Lines that were cut short in the middle of writing; what they told of was not done. */
  readonly torn: number;
}

/** Options of {@link AuditLog.verify}. */
export interface AuditVerifyOptions extends AbortOptions {
  /** The `head` of an earlier verification, which has to be in the log. Default: none is looked for. */
  readonly head?: string | undefined;
}

/**
 * Who read, wrote, deleted and rotated which secret: an append-only log in which each line has the hash of the one before and is authenticated by the key ring.
 *
 * An entry is written before what it tells of is done, so that nothing is done that is not told; it may tell of what then failed.
 */
export class AuditLog {
  readonly #segments: AuditSegments;
  readonly #keys: KeyRing;
  readonly #actor: string | null;
  readonly #now: () => Date;

  /** @throws {FileStoreError} `invalid-argument` when `userId` cannot be a part of a path. */
  constructor({ files, keys, layout = homeLayout, userId, actor, now = () => new Date() }: AuditLogOptions) {
    this.#segments = new AuditSegments(files, `${layout.secrets(userId)}/audit`);
    this.#keys = keys;
    this.#actor = actor ?? null;
    this.#now = now;
  }

  /**
   * Adds an entry, after those of all others.
   *
   * A ring is made for the first entry when there is none, unless `create` is false.
   *
   * @throws {FileStoreError} `corrupt` when the last line is none; `permission-denied` without the key.
   */
  async record(event: AuditEvent, { create = true, signal }: SealOptions = {}): Promise<AuditEntry> {
    const options = { signal };
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const { last, line: lastLine } = await this.#segments.end(options);
      const entry = { ...nextAfter(lastLine), time: this.#now().toISOString(), actor: this.#actor, ...event };
      const body = toAuditBody(entry);
      const mac = await this.#keys.authenticate(body, { create: create && lastLine === undefined, signal });
      const line = toAuditLine(body, mac);
      if (await this.#segments.append(line, last, options)) {
        return entry;
      }
      // At random, so that racers spread out.
      await delay(Math.random() * maxPauseMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
    throw new FileStoreError('unavailable', `the audit log was changed by others ${maxAttempts} times in a row`);
  }

  /** The entries in their order. @throws {FileStoreError} `corrupt` for a line that is none; {@link verify} says whether they are genuine. */
  async *entries(options: AbortOptions = {}): AsyncGenerator<AuditEntry, void, undefined> {
    for await (const { line } of this.#lines(options)) {
      if (line !== undefined) {
        yield line.entry;
      }
    }
  }

  /**
   * Looks through the whole log.
   *
   * @throws {FileStoreError} `corrupt`, naming the segment and the line, where an entry was changed, removed or added by somebody without the key, or where
   *   the line that was last is not there any more.
   */
  async verify({ head, signal }: AuditVerifyOptions = {}): Promise<AuditVerification> {
    let [entries, unauthenticated, torn] = [0, 0, 0];
    let previous = noPrevious;
    let isHeadFound = head === undefined || head === noPrevious;
    const unknown = new Set<string>();
    for await (const { line, where, hash } of this.#lines({ signal })) {
      if (line === undefined) {
        torn += 1;
        continue;
      }
      const [keyId = ''] = line.mac.split('.');
      const isAuthentic = unknown.has(keyId) ? undefined : await this.#keys.isAuthentic(line.body, line.mac, { signal });
      if (isAuthentic === undefined) {
        unknown.add(keyId);
      }
      if (isAuthentic === false || line.entry.seq !== entries + 1 || line.entry.previous !== previous) {
        throw corrupt(where, isAuthentic === false ? 'it was changed' : 'it does not follow the line before');
      }
      entries += 1;
      unauthenticated += isAuthentic === undefined ? 1 : 0;
      previous = hash;
      isHeadFound ||= hash === head;
    }
    if (!isHeadFound) {
      throw new FileStoreError('corrupt', 'the audit log was cut off: the line that was its last is not there any more');
    }
    return { entries, head: previous, unauthenticated, torn };
  }

  /** Line by line; `undefined` for one that was cut short. */
  async *#lines(options: AbortOptions): AsyncGenerator<FoundLine, void, undefined> {
    for await (const { path, text } of this.#segments.all(options)) {
      const lines = text.split('\n');
      const rest = lines.pop() ?? '';
      for (const [index, each] of lines.entries()) {
        const where = { path, number: index + 1 };
        yield { where, hash: hashAuditLine(each), line: parseAuditLine(each) ?? failWith(corrupt(where, 'it is no entry')) };
      }
      if (rest !== '') {
        yield { where: { path, number: lines.length + 1 }, hash: '', line: undefined };
      }
    }
  }
}

/** A line and where it is. */
interface FoundLine {
  readonly where: { readonly path: string; readonly number: number };
  readonly hash: string;
  readonly line: AuditLine | undefined;
}

function nextAfter(line: string | undefined): Pick<AuditEntry, 'seq' | 'previous'> {
  if (line === undefined) {
    return { seq: 1, previous: noPrevious };
  }
  const { entry } =
    parseAuditLine(line) ?? failWith(new FileStoreError('corrupt', 'the last line of the audit log is no entry; nothing is added to it'));
  return { seq: entry.seq + 1, previous: hashAuditLine(line) };
}

function corrupt({ path, number }: FoundLine['where'], why: string): FileStoreError {
  return new FileStoreError('corrupt', `line ${number} of the audit log at "${path}" is not genuine: ${why}`, { path });
}

function failWith(error: FileStoreError): never {
  throw error;
}
