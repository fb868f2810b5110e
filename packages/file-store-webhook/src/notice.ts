/**
 * What became of a path.
 *
 * - `written`: it holds these bytes.
 * - `summarized`: it holds contents of this size and hash, too large to be sent, or not wanted.
 * - `deleted`: nothing is there, nor below.
 * - `changed`: it has to be looked at when the notice is sent.
 */
export type PathChange =
  | { readonly kind: 'written'; readonly bytes: Uint8Array }
  | { readonly kind: 'summarized'; readonly size: number; readonly sha256: string }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'changed' };

/** A change that can be told as it is. */
export type KnownChange = Exclude<PathChange, { readonly kind: 'changed' }>;

/** One thing that the receiver is to be told. */
export interface Notice {
  /** What the receiver recognises it by, in all attempts; the header `webhook-id` where it is a request of its own. */
  readonly id: string;
  /** Normalised. */
  readonly path: string;
  readonly change: PathChange;
  /** Attempts that have failed already, before this store was opened. Default: 0. */
  readonly failedAttempts?: number | undefined;
}

/** Bytes that a notice takes in a queue: those of its contents. */
export function noticeBytes({ change }: Pick<Notice, 'change'>): number {
  return change.kind === 'written' ? change.bytes.byteLength : 0;
}

/** The HTTP method that tells of a change. What has to be looked at counts as written, until it has been. */
export function noticeMethod({ change }: Pick<Notice, 'change'>): 'POST' | 'DELETE' {
  return change.kind === 'deleted' ? 'DELETE' : 'POST';
}
