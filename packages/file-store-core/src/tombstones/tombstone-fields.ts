import { randomUUID } from 'node:crypto';
import { parseJson } from '../json/index.ts';

/** What stands in the file of a tombstone. */
export interface TombstoneFields {
  /** Whose the conversation was; nobody's when `undefined`. */
  readonly owner: string | undefined;
  /** Whether the deletion can no longer be taken back. */
  readonly isDecided: boolean;
  /** Who is removing what it has left, by name, and since when. */
  readonly removers: ReadonlyMap<string, string>;
  /** The other fields. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** The text of a tombstone, never the same twice. */
export function formatTombstone({ owner, isDecided, removers, others }: TombstoneFields): string {
  const fields = { user_id: owner ?? null, decided: isDecided, removers: Object.fromEntries(removers), revision: randomUUID() };
  return JSON.stringify({ ...others, ...fields });
}

/** Reads a tombstone; one that is damaged is nobody's, not decided, and nobody is removing anything. */
export function parseTombstone(text: string): TombstoneFields {
  const { user_id, decided, removers, ...others } = fieldsOf(text);
  return {
    owner: typeof user_id === 'string' && user_id !== '' ? user_id : undefined,
    isDecided: decided === true,
    removers: new Map(Object.entries(isObject(removers) ? removers : {}).map(([name, begun]) => [name, String(begun)])),
    others,
  };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = parseJson(text);
    return isObject(json) ? json : {};
  } catch (error) {
    if (error instanceof SyntaxError) {
      return {};
    }
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
