import { numberedRecord, setNumber } from './numbered-record.ts';

/** Gives out records whose memory is used again, so that making a large one is not part of what is measured. */
export class RecordPool {
  readonly #bytes: number;
  readonly #free: Buffer[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Calls `use` with the record of a number, which is nobody else's until it is done. */
  async use(number: number, use: (record: Buffer) => unknown): Promise<void> {
    const record = this.#free.pop();
    const numbered = record === undefined ? numberedRecord(number, this.#bytes) : setNumber(record, number);
    await use(numbered);
    this.#free.push(numbered);
  }
}
