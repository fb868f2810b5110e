import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as the upstream got it, whole. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** An HTTP server that answers with `answerOf`, and remembers what it committed: every request of which it read the whole body. */
export interface Upstream extends AsyncDisposable {
  readonly origin: string;
  readonly committed: readonly Received[];
  /** Connections that were ever opened. */
  readonly connections: ReadonlySet<Socket>;
  /** Requests that broke off before their body was complete. */
  readonly broken: number;
}

/** Starts an upstream; by default it answers 200 with the number of the request, from 1. */
export async function startUpstream(respond?: RequestListener): Promise<Upstream> {
  const committed: Received[] = [];
  const connections = new Set<Socket>();
  let broken = 0;
  const server = createServer(async (request, response) => {
    const { method = '', url = '', rawHeaders } = request;
    try {
      const body = await buffer(request);
      committed.push({ method, url, rawHeaders, body: body.toString() });
    } catch {
      broken += 1;
      return;
    }
    if (respond === undefined) {
      response.end(`answer ${committed.length}`);
    } else {
      respond(request, response);
    }
  });
  server.on('connection', (socket: Socket) => connections.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    committed,
    connections,
    get broken() {
      return broken;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
