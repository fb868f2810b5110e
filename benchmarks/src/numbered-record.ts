/** Bytes of a record: an event of a conversation has about as many. */
export const recordBytes = 1400;

const pattern = '{"kind":"observation","text":"the quick brown fox"} ';

/** Digits of the number that begins each record. */
const digits = 9;

const templates = new Map<number, Buffer>();

/** A record that no other number has, in memory of its own. */
export function numberedRecord(number: number, bytes: number = recordBytes): Buffer {
  return setNumber(Buffer.from(templateOf(bytes)), number);
}

/** Makes a record of so many bytes the record of another number. @returns The same. */
export function setNumber(record: Buffer, number: number): Buffer {
  record.write(String(number).padStart(digits, '0'), 0, 'latin1');
  return record;
}

/** The number of a record of `length` bytes. @throws {Error} When it is not exactly what {@link numberedRecord} gives. */
export function parseRecord(bytes: Uint8Array, length: number = recordBytes): number {
  const number = Number(Buffer.from(bytes.subarray(0, digits)).toString('latin1'));
  const isWhole = bytes.length === length && templateOf(length).subarray(digits).equals(bytes.subarray(digits));
  if (!(isWhole && Number.isSafeInteger(number))) {
    throw new Error(`${bytes.length} bytes are no whole record`);
  }
  return number;
}

/** The name of the file that holds a record. */
export function recordFileName(number: number): string {
  return `event-${String(number).padStart(digits, '0')}.json`;
}

/** Whether {@link recordFileName} gives such a name. */
export function isRecordFileName(name: string): boolean {
  return /^event-\d{9,}\.json$/.test(name);
}

function templateOf(bytes: number): Buffer {
  const template = templates.get(bytes) ?? Buffer.alloc(bytes, pattern, 'utf8');
  templates.set(bytes, template);
  return template;
}
