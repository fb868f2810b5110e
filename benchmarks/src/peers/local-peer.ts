/** What a reader and a power cut may find of a file that a library writes. */
export type Guarantee = 'none' | 'atomic' | 'durable';

/** A way to write a whole file. */
export interface PeerWrite {
  /** The calls, in words. */
  readonly name: string;
  /** `none`: a reader may meet a part; `atomic`: never; `durable`: nor is the file lost by a power cut, once it has its name. */
  readonly guarantee: Guarantee;
  readonly write: (path: string, contents: Buffer) => Promise<unknown>;
}

/** Another operation of a library. */
export interface PeerOperation<Result> {
  /** The calls, in words. */
  readonly name: string;
  readonly run: (path: string) => Promise<Result>;
}

/** Another library, on one directory. What it has no operation for is `undefined`. */
export interface LocalPeer {
  readonly library: string;
  /** Whether a path is that of a file below the directory. If not, only the library knows what it has. */
  readonly hasPlainFiles: boolean;
  /** Its ways to write a file; the first is the one that its documentation begins with. */
  readonly writes: readonly [PeerWrite, ...PeerWrite[]];
  /** A whole file as bytes. */
  readonly read?: PeerOperation<Uint8Array> | undefined;
  /** The bytes that a file has. */
  readonly stat?: PeerOperation<number> | undefined;
  /** How many files lie in a directory. */
  readonly list?: PeerListing | undefined;
  /** Removes a file. */
  readonly remove?: PeerOperation<unknown> | undefined;
}

/** A listing. */
export interface PeerListing extends PeerOperation<number> {
  /** Whether each file is looked at too, for its size. */
  readonly withSizes: boolean;
}
