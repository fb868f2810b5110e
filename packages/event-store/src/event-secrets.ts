import { replaceStrings, secretForms, secretPattern } from '@oh/file-store-core/secrets';

/** What stands where a secret stood, as OpenHands writes it. */
export const secretMask = '<secret_hidden>';

/** Options of {@link EventSecrets}. */
export interface EventSecretsOptions {
  /** Whether base64 (as in `Authorization: Basic`) and URL-encoded forms are hidden too. Default: false. */
  readonly encodings?: boolean | undefined;
}

/** The fields at the top of an event that are never changed: by them it is found, and OpenHands writes no texts of others there. */
const protectedFields: ReadonlySet<string> = new Set(['timestamp', 'id', 'source', 'cause', 'action', 'observation']);

/**
 * The secrets of a conversation, which no event that is appended holds: every occurrence, in every text and key at any depth, becomes
 * `<secret_hidden>`.
 *
 * Of secrets that begin at one place the longest counts. Empty ones are ignored. What was appended before stays as it is.
 */
export class EventSecrets {
  readonly #options: EventSecretsOptions;
  #values: ReadonlyMap<string, string>;
  #pattern: RegExp | undefined;

  /** @param values The secrets by name. */
  constructor(values: Readonly<Record<string, string>> = {}, options: EventSecretsOptions = {}) {
    this.#options = options;
    this.#values = new Map();
    this.update(values);
  }

  /** Adds secrets; one of the same name is replaced. */
  update(values: Readonly<Record<string, string>>): void {
    this.#use([...this.#values, ...Object.entries(values)]);
  }

  /** Replaces all secrets. */
  set(values: Readonly<Record<string, string>>): void {
    this.#use(Object.entries(values));
  }

  /** The event without secrets; `event` itself is left as it is. */
  mask(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const pattern = this.#pattern;
    if (pattern === undefined) {
      return event;
    }
    const entries = Object.entries(event);
    const kept = entries.filter(([field, value]) => isProtected(field, value));
    const others = entries.filter(([field, value]) => !isProtected(field, value));
    const masked = replaceStrings(Object.fromEntries(others), (text) => text.replace(pattern, secretMask));
    return Object.fromEntries([...kept, ...Object.entries(masked as object)]);
  }

  /** Keeps the names from a log of this object. */
  toJSON(): string {
    return secretMask;
  }

  #use(entries: readonly (readonly [string, string])[]): void {
    this.#values = new Map(entries);
    const forms = [...this.#values.values()].flatMap((value) => secretForms(value, this.#options.encodings === true));
    // The mask too, so that a secret such as "secret" is not looked for within it.
    this.#pattern = forms.length === 0 ? undefined : secretPattern([secretMask, ...forms]);
  }
}

function isProtected(field: string, value: unknown): boolean {
  return protectedFields.has(field) && typeof value !== 'object';
}
