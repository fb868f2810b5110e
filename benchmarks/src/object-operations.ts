import type { ObjectClient } from './object-client.ts';

/** What a client of an object store does with objects, in one of its ways. */
export interface ObjectOperations extends ObjectClient {
  /** The client, in a word. */
  readonly name: string;
  /** How `put` and `get` do it, in words. */
  readonly putName: string;
  readonly getName: string;
  /** The bytes that an object has. */
  readonly head: (key: string) => Promise<number>;
  /** How many objects begin with `prefix`. */
  readonly count: (prefix: string) => Promise<number>;
  /** Removes all objects that begin with `prefix`. */
  readonly removeAll: (prefix: string) => Promise<unknown>;
}
