/**
 * One way in which an exchange goes wrong. A reset is a TCP RST, a close a TCP FIN.
 *
 * - `latency`: the request is forwarded after `minMs` to `maxMs` milliseconds. The only one that combines with another.
 * - `status`: answered without forwarding. `retryAfterSeconds` becomes the header `Retry-After`; `body` is sent as XML.
 * - `reset`: at `start`, nothing was forwarded; in the `request-body`, part of it was forwarded, and the upstream connection breaks too;
 *   in the `response-body`, the upstream committed and the client gets part of the answer, or no answer if that has no body.
 * - `half-open`: the request is accepted, and neither forwarded nor answered; the connection stays open until the client gives up.
 * - `truncate`: like `reset` in the `response-body`, but closed as if that were all.
 * - `lose-response`: the upstream committed and answered in full; the client is reset instead.
 * - `duplicate`: sent upstream twice, one after the other. The client gets the answer to the `second`, as from a middlebox that
 *   retries; or that to the `first`, and the late second has its effect behind the client's back.
 * - `slow-close`: a complete answer that announces the close of the connection, which comes `delayMs` milliseconds later.
 */
export type Fault =
  | { readonly type: 'latency'; readonly minMs: number; readonly maxMs: number }
  | { readonly type: 'status'; readonly status: number; readonly retryAfterSeconds?: number; readonly body?: string }
  | { readonly type: 'reset'; readonly at: 'start' | 'request-body' | 'response-body' }
  | { readonly type: 'half-open' }
  | { readonly type: 'truncate' }
  | { readonly type: 'lose-response' }
  | { readonly type: 'duplicate'; readonly answer: 'first' | 'second' }
  | { readonly type: 'slow-close'; readonly delayMs: number };

/** The name of a way to fail. */
export type FaultType = Fault['type'];
