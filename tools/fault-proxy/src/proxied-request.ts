import type { IncomingHttpHeaders } from 'node:http';

/** The head of a request that a client sent to the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query as they were sent, still percent-encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** What the request asks for, in the words of `FaultProxyOptions.kindOf`. */
  readonly kind: string;
}

/** The length of a message's body as its head tells it: 0 without a body, `undefined` for a body in chunks. */
export function bodyLength(headers: IncomingHttpHeaders): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}
