/** One side of a comparison on an object store: whole objects, by their keys. */
export interface ObjectClient {
  /** Resolves when the object is stored. */
  readonly put: (key: string, contents: Buffer) => Promise<unknown>;
  /** All bytes of an object. */
  readonly get: (key: string) => Promise<Uint8Array>;
}

/** The bare SDK on a bucket: what the store is compared with, and what looks at the results of both sides. */
export interface BareBucket extends ObjectClient {
  /** How `put` and `get` do it, in words. */
  readonly putName: string;
  readonly getName: string;
  /** The keys that begin with `prefix`, to the end, in no certain order. */
  readonly list: (prefix: string) => Promise<readonly string[]>;
  /** Removes objects. */
  readonly remove: (keys: readonly string[]) => Promise<void>;
}
