import { Dispatcher } from 'undici/index.js';

/** A request as it is sent. */
export interface HttpRequest {
  readonly id: string;
  /** The path below the receiver's origin, decoded. */
  readonly path: string;
  readonly body: Buffer;
}

/** Answers a request with a status. @throws When the answer is lost. */
export type HttpReceiver = (request: HttpRequest) => Promise<number>;

const receivers = new Map<string, HttpReceiver>();

/** Gives a receiver an origin of its own, below which no socket is opened. @returns The origin. */
export function openReceiver(name: string, receive: HttpReceiver): string {
  const origin = `http://${name}.invalid`;
  receivers.set(origin, receive);
  return origin;
}

/** Requests never reach the network: in place of what would send them stands the receiver of their origin. */
async function request(options: Dispatcher.DispatchOptions & { readonly origin?: unknown }): Promise<unknown> {
  const receive = receivers.get(String(options.origin));
  if (receive === undefined) {
    throw new Error(`nobody receives at ${String(options.origin)}`);
  }
  const headers = options.headers as Readonly<Record<string, string>>;
  const id = headers['webhook-id'] ?? '';
  const statusCode = await receive({
    id,
    path: decodeURIComponent(options.path.slice(1)),
    body: Buffer.from((options.body ?? '') as Uint8Array),
  });
  return { statusCode, headers: {}, body: { dump: async () => undefined } };
}

Object.assign(Dispatcher.prototype, { request });
