import { once } from 'node:events';
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';

/** What a client can send. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** What a client gets: a whole answer, or how far it came. */
export interface Outcome {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Whether "100 Continue" came before it. */
  readonly continued: boolean;
  /** The code of the error that ended it. */
  readonly error: string | undefined;
}

/** A client with one connection, kept alive. */
export class Client implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Sends one request; never rejects. */
  async send({ method = 'GET', path = '/', headers = {}, body }: Sent = {}, signal?: AbortSignal): Promise<Outcome> {
    let answer: IncomingMessage | undefined;
    let received = '';
    let continued = false;
    let error: string | undefined;
    try {
      const { hostname: host, port } = new URL(this.#origin);
      const outgoing = request({ host, port, method, path, headers, agent: this.#agent, ...(signal && { signal }) });
      // An answer that breaks off is told by the answer itself, and here once more.
      outgoing.on('error', () => undefined);
      if (headers['Expect'] === undefined) {
        outgoing.end(body);
      } else {
        outgoing.once('continue', () => {
          continued = true;
          outgoing.end(body);
        });
        outgoing.flushHeaders();
      }
      [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      answer.on('data', (chunk: Buffer) => {
        received += chunk.toString();
      });
      await once(answer, 'end');
    } catch (caught) {
      error = (caught as NodeJS.ErrnoException).code ?? String(caught);
    }
    return { status: answer?.statusCode, headers: answer?.headers ?? {}, body: received, continued, error };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
