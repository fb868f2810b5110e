import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How a request is answered: with a status, headers, or by hand. */
export type Answer = number | { readonly status: number; readonly headers: Record<string, string> } | ((response: ServerResponse) => void);

/** A webhook receiver on loopback that keeps what it gets. */
export class Receiver {
  /** All requests, whatever they were answered. */
  readonly received: Received[] = [];
  connections = 0;
  /** Decides the answer. Default: 200. */
  answer: (request: Received) => Answer | Promise<Answer> = () => 200;
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();

  private constructor() {
    this.#server = createServer(async (incoming, response) => {
      const { method = '', url: target = '', headers } = incoming;
      const body = await buffer(incoming).catch(() => undefined);
      if (body === undefined) {
        // The connection broke in the middle of the request: nothing has been received.
        return;
      }
      const request = { method, target, headers, body };
      this.received.push(request);
      for (const wake of this.#waiting) {
        wake();
      }
      const answer = await this.answer(request);
      if (typeof answer === 'function') {
        answer(response);
      } else if (typeof answer === 'number') {
        response.writeHead(answer).end();
      } else {
        response.writeHead(answer.status, answer.headers).end();
      }
    });
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await once(receiver.#server.listen(0, '127.0.0.1'), 'listening');
    return receiver;
  }

  /** Keeps every answer back. @returns Lets go of them, and of those to come: each is 200. */
  hold(): () => void {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    this.answer = async () => {
      await released;
      return 200;
    };
    return release;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/hook/`;
  }

  /** Method and decoded path of each request, as `POST a/b`. */
  get told(): string[] {
    return this.received.map(({ method, target }) => `${method} ${decodeURIComponent(target.slice('/hook/'.length))}`);
  }

  /** Resolves when so many requests have arrived in all. */
  async count(requests: number): Promise<void> {
    while (this.received.length < requests) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
