import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Exchange, exchange, resetClient } from './exchange.ts';
import { FaultRules } from './fault-rules.ts';
import { PairedAgent } from './paired-agent.ts';
import type { ProxiedRequest } from './proxied-request.ts';
import { RequestCounts } from './request-counts.ts';

/** What a proxy stands before, and how it counts. */
export interface FaultProxyOptions {
  /** The origin that requests are forwarded to, as `http://127.0.0.1:9000`; without TLS. */
  readonly upstream: string;
  /** The start of chance. Default: 1. */
  readonly seed?: number;
  /** Names what a request asks for, as `s3Operation` and `gcsOperation` do. Default: its method. */
  readonly kindOf?: (request: IncomingMessage) => string;
}

/** A proxy on loopback. Without rules it forwards every byte as it is, the header `Host` included. */
export interface FaultProxy extends AsyncDisposable {
  /** Its origin, as `http://127.0.0.1:54321`. */
  readonly endpoint: string;
  /** What goes wrong: nothing, until rules are set. */
  readonly rules: Pick<FaultRules, 'set' | 'clear'>;
  readonly requests: Pick<RequestCounts, 'total' | 'byMethod' | 'byKind' | 'faults' | 'reset'>;
  /** Connections that clients have open now. */
  readonly openConnections: number;
  /** The next request that `match` accepts, when its head has arrived and before anything happens to it. Default: the next one. */
  nextRequest(match?: (request: ProxiedRequest) => boolean): Promise<ProxiedRequest>;
  /** Ends all connections and stops; the second time it does nothing. */
  close(): Promise<void>;
}

/**
 * Starts a proxy on a free port of loopback.
 *
 * Bodies are streamed and connections kept alive; each connection of a client has its own one upstream. An upstream that cannot be reached,
 * or breaks off, looks to the client as it would without the proxy: as a connection that breaks.
 *
 * @throws {TypeError} `upstream` is not the URL of an HTTP server without TLS.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const upstream = new URL(options.upstream);
  if (upstream.protocol !== 'http:') {
    throw new TypeError(`the proxy forwards to http: only, not to ${options.upstream}`);
  }
  const proxy = new RunningProxy(upstream, options);
  await proxy.listen();
  return proxy;
}

interface Waiting {
  readonly match: (request: ProxiedRequest) => boolean;
  readonly resolve: (request: ProxiedRequest) => void;
}

class RunningProxy implements FaultProxy {
  readonly rules: FaultRules;
  readonly requests: RequestCounts = new RequestCounts();
  readonly #upstream: URL;
  readonly #kindOf: (request: IncomingMessage) => string;
  readonly #server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, noDelay: true });
  readonly #agents = new Map<Socket, PairedAgent>();
  readonly #closing = new AbortController();
  #waiting: readonly Waiting[] = [];

  constructor(upstream: URL, { seed = 1, kindOf = ({ method = '' }) => method }: FaultProxyOptions) {
    this.rules = new FaultRules(seed);
    this.#upstream = upstream;
    this.#kindOf = kindOf;
    const serve: RequestListener = (incoming, response) => void this.#serve(incoming, response);
    this.#server.on('request', serve).on('checkContinue', serve);
    this.#server.on('connection', (socket: Socket) => {
      this.#agents.set(socket, new PairedAgent(socket));
      socket.once('close', () => this.#agents.delete(socket));
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openConnections(): number {
    return this.#agents.size;
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  nextRequest(match: Waiting['match'] = () => true): Promise<ProxiedRequest> {
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { match, resolve }];
    });
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#closing.abort();
    for (const socket of this.#agents.keys()) {
      socket.destroy();
    }
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(incoming: IncomingMessage, response: Exchange['response']): Promise<void> {
    const agent = this.#agents.get(incoming.socket);
    if (agent === undefined) {
      return;
    }
    const verdict = this.rules.judge(this.#register(incoming));
    for (const type of [verdict.delayMs === undefined ? undefined : 'latency', verdict.fault?.type] as const) {
      if (type !== undefined) {
        this.requests.countFault(type);
      }
    }
    const cutOf = this.rules.cutOf.bind(this.rules);
    const self: Exchange = { incoming, response, upstream: this.#upstream, agent, signal: this.#closing.signal, cutOf };
    agent.begin();
    try {
      await exchange(self, verdict);
    } catch {
      // Whatever broke on the way, the client sees a broken connection, as it would have without the proxy.
      resetClient(self);
    } finally {
      agent.end();
    }
  }

  #register(incoming: IncomingMessage): ProxiedRequest {
    const { method = '', url = '', headers } = incoming;
    const arrived: ProxiedRequest = { method, url, headers, kind: this.#kindOf(incoming) };
    this.requests.countRequest(arrived);
    const met = this.#waiting.filter(({ match }) => match(arrived));
    this.#waiting = this.#waiting.filter((each) => !met.includes(each));
    for (const { resolve } of met) {
      resolve(arrived);
    }
    return arrived;
  }
}
