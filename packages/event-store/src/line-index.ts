/** Bytes that lie between two entries at least, so that a log of a gigabyte has some 16,000. */
const spacingBytes = 64 * 1024;

/** Where an event begins. */
export interface LinePlace {
  readonly id: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

/** Where some of the events of a file of lines begin; what was met on the way is remembered, so that it is not looked for again. */
export class LineIndex {
  readonly #places: LinePlace[] = [];

  /** Notes where an event begins. */
  note(place: LinePlace): void {
    const i = this.#indexAfter(place.id);
    const before = this.#places[i - 1];
    const after = this.#places[i];
    const isFar = before === undefined || (before.id < place.id && before.offset + spacingBytes <= place.offset);
    if (isFar && (after === undefined || place.offset + spacingBytes <= after.offset)) {
      this.#places.splice(i, 0, place);
    }
  }

  /** The last place known at or before an id; the start of the file when there is none. */
  before(id: number): LinePlace {
    return this.#places[this.#indexAfter(id) - 1] ?? { id: 0, offset: 0 };
  }

  /** The first place known after an id. */
  after(id: number): LinePlace | undefined {
    return this.#places[this.#indexAfter(id)];
  }

  /** Forgets everything. */
  clear(): void {
    this.#places.length = 0;
  }

  #indexAfter(id: number): number {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle]?.id ?? 0) <= id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
