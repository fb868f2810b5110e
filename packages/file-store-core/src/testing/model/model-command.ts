import type { WriteOptions } from '../../file-store.ts';
import { randomBytes } from '../test-data.ts';

/** Contents by description, so that a counterexample stays short. */
export interface CommandContents {
  readonly as: 'text' | 'bytes' | 'stream';
  readonly size: number;
  readonly seed: number;
}

/** A condition by what it means when the command runs: it keeps its meaning when commands before it are left out. */
export interface CommandCondition {
  readonly ifAbsent?: true;
  /** `current`: the version the file has; `stale`: one it had; `other`: that of another file; `garbage`: one of no file; `empty`: `''`. */
  readonly ifVersion?: 'current' | 'stale' | 'other' | 'garbage' | 'empty';
  readonly ifSize?: 'current' | 'zero' | 'wrong' | 'negative';
}

/** One call of a store. */
export type ModelCommand =
  | {
      readonly do: 'write';
      readonly path: string;
      readonly contents: CommandContents;
      /** Content type and metadata, where the store keeps them; see {@link labelOptions}. */
      readonly label?: string;
      readonly condition: CommandCondition;
    }
  | { readonly do: 'append'; readonly path: string; readonly contents: CommandContents; readonly condition: CommandCondition }
  | { readonly do: 'copy' | 'move'; readonly path: string; readonly to: string; readonly condition: CommandCondition }
  | { readonly do: 'delete'; readonly path: string; readonly condition: CommandCondition }
  | { readonly do: 'stat' | 'exists' | 'list'; readonly path: string }
  | {
      readonly do: 'entries';
      readonly path: string;
      readonly options: { readonly recursive?: boolean; readonly startAfter?: string; readonly limit?: number };
    }
  | {
      readonly do: 'read' | 'readBytes' | 'readStream' | 'open';
      readonly path: string;
      readonly range?: { readonly start?: number; readonly end?: number };
    };

const letters: readonly string[] = ['a', 'Z', '0', '\n', '\r\n', 'ü', '€', '😀', '\ufeff'];

/** The bytes that contents consist of. */
export function bytesOf({ as, size, seed }: CommandContents): Uint8Array {
  const bytes = randomBytes(size, seed);
  return as === 'text' ? Buffer.from([...bytes].map((byte) => letters[byte % letters.length]).join('')) : bytes;
}

/** The content type and the metadata that a label stands for. */
export function labelOptions(label: string | undefined): Pick<WriteOptions, 'contentType' | 'metadata'> {
  return label === undefined ? {} : { contentType: `text/${label}`, metadata: { label } };
}

/** The contents as they are handed to a store. */
export function toContents(contents: CommandContents): string | Uint8Array | AsyncIterable<Uint8Array> {
  const bytes = bytesOf(contents);
  if (contents.as === 'text') {
    return Buffer.from(bytes).toString();
  }
  return contents.as === 'bytes' ? bytes : inChunks(bytes, 1 + (contents.seed % 7));
}

async function* inChunks(bytes: Uint8Array, count: number): AsyncGenerator<Uint8Array, void, undefined> {
  const length = Math.ceil(bytes.byteLength / count);
  for (let i = 0; i < count; i += 1) {
    yield bytes.subarray(i * length, (i + 1) * length);
  }
}
