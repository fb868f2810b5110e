import type { Readable } from 'node:stream';
import type { BodyChecksum } from './checksum-comparison.ts';
import type { ObjectHead } from './s3-info.ts';

/** What the server answers to a request for one object. */
export interface ObjectAnswer extends ObjectHead {
  /** Size of the object, or of the part of it that was asked for, in bytes; `undefined` when the server does not say. */
  readonly length: number | undefined;
  /** `Content-Range`, when the answer is a part. */
  readonly contentRange?: string | undefined;
  /** When it was answered, by the server's clock, to the second. */
  readonly answeredAt: Date;
}

/** An answer with contents. */
export interface ContentsAnswer extends ObjectAnswer {
  /** All of them, or a stream. */
  readonly body: Uint8Array | Readable;
  /** The checksum of the whole object, where the server has given one that Node can compute. */
  readonly checksum: BodyChecksum | undefined;
}
