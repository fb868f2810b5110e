import { Readable } from 'node:stream';

/** Whether contents are a request that a server of `node:http` has got: its answer goes over the connection that it came by. */
export function isServerRequest(contents: unknown): contents is Readable {
  // The answer that a client has got is of the same class, and has no method.
  return contents instanceof Readable && 'httpVersion' in contents && 'method' in contents && typeof contents.method === 'string';
}

/** Requests of which a part is dropped: what is left at any moment is no body. */
const dropped = new WeakSet<Readable>();

/** Whether a write has let go of the request before it was read. */
export function isDropped(request: Readable): boolean {
  return dropped.has(request);
}

/** Reads what is left of a request and drops it: the connection stays open, and is free for the next request. */
export function dropRest(request: Readable): void {
  if (!request.readableEnded) {
    dropped.add(request);
    request.resume();
  }
}

/** The body of a request. Where its reading ends early, the rest is dropped. */
export async function* requestBody(request: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* request.iterator({ destroyOnReturn: false });
  } finally {
    dropRest(request);
  }
}
