import { randomUUID } from 'node:crypto';
import { toProtocolFailure } from './gcs-failure.ts';

/** The most calls that the service takes in one request. @see https://cloud.google.com/storage/docs/batch */
export const maxBatchCalls = 100;

/** A call without a body. */
export interface BatchCall {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
}

/** Several calls as one body. */
export interface EncodedBatch {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What one call was answered. */
export interface BatchAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Puts calls into one body, `multipart/mixed` of `application/http`. */
export function encodeBatch(calls: readonly BatchCall[]): EncodedBatch {
  const boundary = `batch-${randomUUID()}`;
  const parts = calls.map(
    ({ method, target }, i) =>
      `--${boundary}\r\ncontent-type: application/http\r\ncontent-id: <${i}>\r\n\r\n${method} ${target} HTTP/1.1\r\n\r\n\r\n`,
  );
  return { contentType: `multipart/mixed; boundary=${boundary}`, body: Buffer.from(`${parts.join('')}--${boundary}--\r\n`) };
}

/**
 * The answers to the calls of a batch, in their order.
 *
 * @param contentType Of the whole answer.
 * @throws {GcsFailure} It is no such answer, or not one for each call: any of them may have been carried out.
 */
export function parseBatch(contentType: string | undefined, body: string, calls: number): readonly BatchAnswer[] {
  const boundary = /^multipart\/mixed;.*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  const parts = boundary === undefined ? [] : `\r\n${body}`.split(`\r\n--${boundary}`).slice(1, -1);
  if (parts.length !== calls) {
    throw toProtocolFailure(`the answer to ${calls} calls in one request has ${parts.length} parts`, true);
  }
  return parts.map(parsePart);
}

function parsePart(part: string): BatchAnswer {
  const [, inner] = splitHead(part);
  const [head, body] = splitHead(inner);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/\S+ (\d{3})/.exec(statusLine)?.[1];
  if (status === undefined) {
    throw toProtocolFailure('a part of the answer to several calls is no answer', true);
  }
  return { status: Number(status), headers: Object.fromEntries(lines.map(parseHeader)), body };
}

/** Cuts at the first empty line. */
function splitHead(text: string): [head: string, rest: string] {
  const end = text.indexOf('\r\n\r\n');
  return end === -1 ? [text.trimEnd(), ''] : [text.slice(0, end), text.slice(end + 4)];
}

function parseHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
