import { FileStoreError } from '@oh/file-store-core';
import type { ChangeOutcome } from './change-teller.ts';
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
  /** So many attempts have failed. */
  | { readonly t: 'tried'; readonly ids: readonly string[]; readonly attempts: number }
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
 * something comes before it, and nothing follows it but a seal.
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
    const record = parseLine(text);
    if (record === undefined) {
      unreadable ??= line;
    } else if (record.t === 'sealed' && (unreadable === undefined || records.length > 0)) {
      records.push(record);
    } else if (unreadable !== undefined || records.at(-1)?.t === 'sealed') {
      throw new FileStoreError('corrupt', `line ${unreadable ?? line} of the outbox ${JSON.stringify(path)} cannot be read`, { path });
    } else {
      records.push(record);
    }
  }
  return records;
}

function* splitLines(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.byteLength; ) {
    const end = bytes.indexOf(0x0a, start);
    yield bytes.subarray(start, end === -1 ? bytes.byteLength : end);
    start = end === -1 ? bytes.byteLength : end + 1;
  }
}

/** @returns `undefined` for what is no record. */
function parseLine(bytes: Uint8Array): OutboxRecord | undefined {
  try {
    return toRecord(JSON.parse(strictUtf8.decode(bytes)));
  } catch {
    // Half a line: neither UTF-8 nor JSON, it may be.
    return undefined;
  }
}

function toRecord(value: unknown): OutboxRecord | undefined {
  if (typeof value !== 'object' || value === null || !('t' in value)) {
    return undefined;
  }
  const record = value as OutboxRecord;
  switch (record.t) {
    case 'open':
      return record.v === 1 ? record : undefined;
    case 'intent':
      return { ...record, change: toChange(record.change as StoredChange) };
    case 'looked':
      return record.change === null ? record : { ...record, change: toChange(record.change as StoredChange) };
    case 'outcome':
    case 'batch':
    case 'tried':
    case 'done':
    case 'sealed':
      return record;
    default:
      return undefined;
  }
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

function toChange(stored: StoredChange): PathChange {
  if (stored.kind !== 'written') {
    return stored;
  }
  return { kind: 'written', bytes: 'text' in stored ? Buffer.from(stored.text) : Buffer.from(stored.base64, 'base64') };
}
