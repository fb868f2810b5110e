/**
 * What differs from run to run, and is compared for its form alone.
 *
 * - An instant, when it lies in the run: that of sample data is compared as it stands.
 * - The version of a local file, the id of a snapshot (8 or 12 digits) or of a key (16): made at random. The first that a document shows stands for the first that came, from then on
 *   everywhere, in commands too. Ids of conversations (32 digits) are those of sample data.
 * - What a compressed copy takes, `35 KiB stored`, `(35 KiB)` at the end, or before the source in a list of backups: within a fifth.
 */
const token =
  /(?<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)|(?<version>\b[0-9a-z]{4,6}-[0-9a-z]{1,6}-[0-9a-z]{10,14}\b)|(?<id>\b(?:[0-9a-f]{16}|[0-9a-f]{12}|[0-9a-f]{8})\b)|(?<size>\b\d+(?= (?:KiB )?stored\b| KiB\)$| KiB {2}\w+:))/gm;

/** Knows for what the volatile parts of a document's outputs stand in one run. */
export class VolatileTokens {
  readonly #from = Date.now();
  readonly #actualOf = new Map<string, string>();
  readonly #shownOf = new Map<string, string>();

  /** Makes a command of the document one of this run. */
  toActual(command: string): string {
    return command.replaceAll(token, (text) => this.#actualOf.get(text) ?? text);
  }

  /** Makes an output of this run one of the document: each volatile part that stands for the one in its place. The rest stays, and differs where it differs. */
  toShown(actual: string, shown: string): string {
    const there = [...shown.matchAll(token)];
    let index = -1;
    return actual.replaceAll(token, (text, ...rest) => {
      index += 1;
      const kinds = rest.at(-1) as Readonly<Record<string, string | undefined>>;
      const other = there[index];
      const kind = Object.keys(kinds).find((name) => kinds[name] !== undefined) ?? '';
      return other?.groups?.[kind] !== undefined && this.#standsFor(kind, other[0], text) ? other[0] : text;
    });
  }

  #standsFor(kind: string, shown: string, actual: string): boolean {
    switch (kind) {
      case 'instant':
        // In whole seconds, as listings show it.
        return Date.parse(actual) >= this.#from - 1000 && Date.parse(actual) <= Date.now();
      case 'size':
        return Math.abs(Number(shown) - Number(actual)) <= Number(actual) / 5;
      default: {
        const isNew = !this.#actualOf.has(shown) && !this.#shownOf.has(actual);
        if (isNew) {
          this.#actualOf.set(shown, actual);
          this.#shownOf.set(actual, shown);
        }
        return this.#actualOf.get(shown) === actual;
      }
    }
  }
}
