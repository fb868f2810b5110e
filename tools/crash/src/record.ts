import { createHash } from 'node:crypto';

/** Who wrote a record, for which key, and the how-manieth it is for that key. */
export interface RecordHeader {
  /** One run of one writer, so that nothing older passes for new. No spaces. */
  readonly author: string;
  /** No spaces. */
  readonly key: string;
  readonly sequence: number;
}

/** A record found in bytes, and where it ends. */
export interface FoundRecord extends RecordHeader {
  /** Offset of the byte after it. */
  readonly end: number;
}

const headerPattern = /^(?<author>\S+) (?<key>\S+) (?<sequence>\d+) (?<length>\d+) (?<sum>[0-9a-f]{64})$/;

/** Text that says what it is and proves that all of it is there: a header with a checksum, then a payload. */
export function makeRecord(header: RecordHeader, payloadBytes: number): string {
  const payload = (header.sequence % 36).toString(36).repeat(payloadBytes);
  const prefix = `${header.author} ${header.key} ${header.sequence} ${payloadBytes}`;
  return `${prefix} ${checksum(prefix, payload)}\n${payload}`;
}

/** The whole record that begins at `start`; `undefined` where it is torn, mixed or none. */
export function parseRecord(bytes: Buffer, start = 0): FoundRecord | undefined {
  const lineEnd = bytes.indexOf('\n', start);
  const groups = headerPattern.exec(bytes.toString('latin1', start, Math.max(start, lineEnd)))?.groups;
  if (groups === undefined) {
    return undefined;
  }
  const { author = '', key = '', sequence = '', length = '', sum } = groups;
  const end = lineEnd + 1 + Number(length);
  const payload = bytes.toString('latin1', lineEnd + 1, end);
  const isWhole = end <= bytes.byteLength && checksum(`${author} ${key} ${sequence} ${length}`, payload) === sum;
  return isWhole ? { author, key, sequence: Number(sequence), end } : undefined;
}

/** The record that fills `bytes` exactly; `undefined` where they are anything else. */
export function parseOnlyRecord(bytes: Uint8Array): RecordHeader | undefined {
  const record = parseRecord(Buffer.from(bytes));
  return record?.end === bytes.byteLength ? record : undefined;
}

function checksum(prefix: string, payload: string): string {
  return createHash('sha256').update(`${prefix}\n${payload}`).digest('hex');
}
