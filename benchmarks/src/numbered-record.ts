/** Bytes of a record: an event of a conversation has about as many. */
export const recordBytes = 1400;

const template = Buffer.alloc(recordBytes, '{"kind":"observation","text":"the quick brown fox"} ', 'utf8');

/** Digits of the number that begins each record. */
const digits = 9;

/** A record that no other number has, in memory of its own. */
export function numberedRecord(number: number): Buffer {
  const record = Buffer.from(template);
  record.write(String(number).padStart(digits, '0'), 0, 'latin1');
  return record;
}

/** The number of a record. @throws {Error} When it is not exactly what {@link numberedRecord} gives. */
export function parseRecord(bytes: Uint8Array): number {
  const number = Number(Buffer.from(bytes.subarray(0, digits)).toString('latin1'));
  if (!(Number.isSafeInteger(number) && numberedRecord(number).equals(bytes))) {
    throw new Error(`${bytes.length} bytes are no whole record`);
  }
  return number;
}

/** The name of the file that holds a record. */
export function recordFileName(number: number): string {
  return `event-${String(number).padStart(digits, '0')}.json`;
}
