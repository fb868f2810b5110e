import { FileStoreError } from '@oh/file-store-core';
import type { ChangeOutcome } from './change-teller.ts';
import { idPattern } from './checked-ids.ts';
import type { PathChange } from './notice.ts';

/** One line of an outbox's log. */
export type OutboxRecord =
  /** The first line of a log: its format. */
  | { readonly t: 'open'; readonly v: 1 }
  /** A change is about to be made. */
  | { readonly t: 'intent'; readonly id: string; readonly n: number; readonly path: string; readonly change: PathChange }
  /** What became of it. */
  | { readonly t: 'outcome'; readonly ids: readonly string[]; readonly outcome: ChangeOutcome }
  /** What a path that had to be looked at held; `null`: nothing that can be told. */
  | { readonly t: 'looked'; readonly id: string; readonly change: PathChange | null }
  /** Notices are about to be sent together, under an id of their own. */
  | { readonly t: 'batch'; readonly id: string; readonly ids: readonly string[] }
  /** So many attempts have failed, the last one for this reason. */
  | { readonly t: 'tried'; readonly ids: readonly string[]; readonly attempts: number; readonly reason?: string | undefined }
  /** Need not be kept any longer. */
  | { readonly t: 'done'; readonly ids: readonly string[] }
  /** The last line: another store has taken over, and whoever wrote here is not to write any more. */
  | { readonly t: 'sealed' };

/** A change as a log has it: bytes as text where they are UTF-8, as Base64 where not. */
type StoredChange =
  | { readonly kind: 'written'; readonly text: string }
  | { readonly kind: 'written'; readonly base64: string }
  | Exclude<PathChange, { readonly kind: 'written' }>;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One line, with its end. */
export function toLine(record: OutboxRecord): string {
  const { t } = record;
  const stored = (t === 'intent' || t === 'looked') && record.change !== null ? { ...record, change: toStored(record.change) } : record;
  return `${JSON.stringify(stored)}\n`;
}

/**
 * The records of a log.
 *
 * A process that is killed, or a power cut, leaves part of its last lines, of which nothing was acknowledged: what cannot be read is passed over when
 * something comes before it, and nothing follows it but a seal. JSON that is no record is no such part: another version may have written it.
 *
 * @param path Of the log, for errors.
 * @throws {FileStoreError} `corrupt` for anything else that cannot be read.
 */
export function parseLog(path: string, bytes: Uint8Array): OutboxRecord[] {
  const records: OutboxRecord[] = [];
  let unreadable: number | undefined;
  let line = 0;
  for (const text of splitLines(bytes)) {
    line += 1;
    if (text.byteLength === 0) {
      continue;
    }
    const value = parseLine(text);
    const record = toRecord(value);
    if (value === undefined) {
      unreadable ??= line;
    } else if (record?.t === 'sealed' && (unreadable === undefined || records.length > 0)) {
      records.push(record);
    } else if (record === undefined || unreadable !== undefined || records.at(-1)?.t === 'sealed') {
      throw toDamage(path, unreadable ?? line);
    } else {
      records.push(record);
    }
  }
  if (unreadable !== undefined && records.length === 0) {
    throw toDamage(path, unreadable);
  }
  return records;
}

function toDamage(path: string, line: number): FileStoreError {
  return new FileStoreError('corrupt', `line ${line} of the outbox ${JSON.stringify(path)} cannot be read`, { path });
}

function* splitLines(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.byteLength; ) {
    const end = bytes.indexOf(0x0a, start);
    yield bytes.subarray(start, end === -1 ? bytes.byteLength : end);
    start = end === -1 ? bytes.byteLength : end + 1;
  }
}

/** @returns `undefined` for what is no JSON. */
function parseLine(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(strictUtf8.decode(bytes));
  } catch {
    // Half a line: neither UTF-8 nor JSON, it may be.
    return undefined;
  }
}

/** @returns `undefined` for what is no record. */
function toRecord(value: unknown): OutboxRecord | undefined {
  const record = toFields(value);
  const { t, id, ids } = record;
  switch (t) {
    case 'open':
      return record['v'] === 1 ? { t, v: 1 } : undefined;
    case 'intent': {
      const change = toChange(record['change']);
      const { n, path } = record;
      return isId(id) && isCount(n) && typeof path === 'string' && change !== undefined ? { t, id, n, path, change } : undefined;
    }
    case 'looked': {
      const change = record['change'] === null ? null : toChange(record['change']);
      return isId(id) && change !== undefined ? { t, id, change } : undefined;
    }
    case 'outcome': {
      const outcome = outcomes.find((each) => each === record['outcome']);
      return areIds(ids) && outcome !== undefined ? { t, ids, outcome } : undefined;
    }
    case 'batch':
      return isId(id) && areIds(ids) ? { t, id, ids } : undefined;
    case 'tried': {
      const { attempts, reason } = record;
      const isReason = reason === undefined || typeof reason === 'string';
      return areIds(ids) && isCount(attempts) && isReason ? { t, ids, attempts, reason } : undefined;
    }
    case 'done':
      return areIds(ids) ? { t, ids } : undefined;
    case 'sealed':
      return { t };
    default:
      return undefined;
  }
}

const outcomes: readonly ChangeOutcome[] = ['made', 'failed', 'unclear'];

function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value);
}

function areIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isId);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function toStored(change: PathChange): StoredChange {
  if (change.kind !== 'written') {
    return change;
  }
  const { bytes } = change;
  try {
    return { kind: 'written', text: strictUtf8.decode(bytes) };
  } catch {
    // What is not text is kept as Base64.
    return { kind: 'written', base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
  }
}

/** @returns `undefined` for what is no change. */
function toChange(stored: unknown): PathChange | undefined {
  const { kind, text, base64, size, sha256 } = toFields(stored);
  switch (kind) {
    case 'written': {
      const isText = typeof text === 'string';
      if (!isText && typeof base64 !== 'string') {
        return undefined;
      }
      return { kind, bytes: isText ? Buffer.from(text) : Buffer.from(String(base64), 'base64') };
    }
    case 'summarized':
      return isCount(size) && typeof sha256 === 'string' ? { kind, size, sha256 } : undefined;
    case 'deleted':
    case 'changed':
      return { kind };
    default:
      return undefined;
  }
}
