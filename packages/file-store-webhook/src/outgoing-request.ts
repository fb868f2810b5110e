import { createHash } from 'node:crypto';
import type { KnownChange } from './notice.ts';

/** A request as it is sent, in each of its attempts. */
export interface OutgoingRequest {
  /** The header `webhook-id`. */
  readonly id: string;
  readonly method: 'POST' | 'DELETE';
  /** Path and query on the receiver's origin, percent-encoded. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
}

/** One item of a batch. */
export interface BatchItem {
  readonly path: string;
  readonly change: KnownChange;
}

/** The media type of a body that stands for contents which are not sent. */
export const summaryMediaType = 'application/vnd.oh.file-summary+json';

/** Strict UTF-8 that keeps a byte order mark, as Python's `bytes.decode` does. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const nothing = new Uint8Array();

/** The request that tells one change: the contents of a file as they are, or a summary of them in JSON. */
export function toRequest(id: string, basePath: string, { path: file, change }: BatchItem): OutgoingRequest {
  const path = basePath + encodePath(file);
  switch (change.kind) {
    case 'written':
      return { id, method: 'POST', path, body: change.bytes, contentType: undefined };
    case 'summarized':
      return { id, method: 'POST', path, body: Buffer.from(JSON.stringify(toSummary(file, change))), contentType: summaryMediaType };
    case 'deleted':
      return { id, method: 'DELETE', path, body: nothing, contentType: undefined };
  }
}

/** The request that tells of several changes: compact JSON, non-ASCII as it is, byte for byte what OpenHands sends. */
export function toBatchRequest(id: string, path: string, items: readonly BatchItem[]): OutgoingRequest {
  const body = Buffer.from(JSON.stringify(items.map(toJsonItem)));
  return { id, method: 'POST', path, body, contentType: 'application/json' };
}

/** Percent-encodes everything in a path that a URL could take for something else. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** The summary of contents that are too large to be sent. */
export function summarize(bytes: Uint8Array): KnownChange {
  return { kind: 'summarized', size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function toJsonItem({ path, change }: BatchItem): Readonly<Record<string, unknown>> {
  switch (change.kind) {
    case 'written':
      return { method: 'POST', path, ...toJsonContent(change.bytes) };
    case 'summarized':
      return { method: 'POST', ...toSummary(path, change) };
    case 'deleted':
      return { method: 'DELETE', path };
  }
}

function toJsonContent(bytes: Uint8Array): { readonly content: string; readonly encoding?: 'base64' } {
  try {
    return { content: strictUtf8.decode(bytes) };
  } catch {
    // What is not text goes as Base64.
    return { content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'), encoding: 'base64' };
  }
}

function toSummary(
  path: string,
  { size, sha256 }: Extract<KnownChange, { kind: 'summarized' }>,
): { readonly path: string; readonly size: number; readonly sha256: string } {
  return { path, size, sha256 };
}
