import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/** How long a server may be silent before that is told, in milliseconds. */
const defaultPatienceMs = 3000;

/** What the stores try by default until they give up: S3 five times and Google Cloud Storage six times up to 30 seconds of silence, with pauses. */
const giveUp = 'within about 3 minutes';

/** A server that requests were made to. */
interface Server {
  readonly host: string;
  /** Requests that it has not answered; each says whether something is on its way still, as a large upload is. */
  readonly open: Map<object, () => boolean>;
  /** Since when it has been silent, in milliseconds of `performance.now`; infinite when that was told. */
  since: number;
}

/**
 * Tells when a server is waited for: once, until it answers.
 *
 * It listens on the channels that the HTTP clients of Node and undici tell of their requests on, https://nodejs.org/api/diagnostics_channel.html#http: so it
 * needs nothing of the stores, and sees what their SDKs ask others for credentials.
 */
export class WaitingNotes {
  readonly #note: (message: string) => void;
  readonly #patienceMs: number;
  readonly #servers = new Map<string, Server>();
  readonly #listeners: readonly (readonly [string, ChannelListener])[];
  readonly #timer: NodeJS.Timeout;

  /** Begins. @param note Tells it to people. @param patienceMs How long a server may be silent. Default: 3,000. */
  constructor(note: (message: string) => void, patienceMs: number = defaultPatienceMs) {
    this.#note = note;
    this.#patienceMs = patienceMs;
    this.#listeners = Object.entries({
      'http.client.request.start': (message: unknown) => this.#startHttp(requestOf(message)),
      'http.client.response.finish': (message: unknown) => this.#answer(requestOf(message)),
      'undici:request:create': (message: unknown) =>
        this.#start(requestOf(message), new URL(String(requestOf(message).origin)).host, () => false),
      'undici:request:headers': (message: unknown) => this.#answer(requestOf(message)),
      'undici:request:error': (message: unknown) => void this.#end(requestOf(message)),
    });
    for (const [name, listener] of this.#listeners) {
      subscribe(name, listener);
    }
    this.#timer = setInterval(() => this.#look(performance.now()), patienceMs / 6);
    this.#timer.unref();
  }

  /** Ends. */
  stop(): void {
    clearInterval(this.#timer);
    for (const [name, listener] of this.#listeners) {
      unsubscribe(name, listener);
    }
  }

  #startHttp(request: ClientRequest): void {
    const isSending = (): boolean => request.socket?.connecting === false && !request.writableFinished;
    this.#start(request, String(request.getHeader('host') ?? request.host), isSending);
    request.once('close', () => this.#end(request));
  }

  #start(request: object, host: string, isSending: () => boolean): void {
    const server = this.#servers.get(host) ?? { host, open: new Map(), since: performance.now() };
    server.open.set(request, isSending);
    this.#servers.set(host, server);
  }

  #answer(request: object): void {
    const server = this.#end(request);
    if (server?.open.size === 0) {
      this.#servers.delete(server.host);
    } else if (server !== undefined) {
      server.since = performance.now();
    }
  }

  /** Without an answer: the server stays silent while it is tried again. @returns The server, if the request was open. */
  #end(request: object): Server | undefined {
    for (const server of this.#servers.values()) {
      if (server.open.delete(request)) {
        return server;
      }
    }
    return undefined;
  }

  #look(now: number): void {
    for (const server of this.#servers.values()) {
      const waiting = [...server.open.values()];
      if (waiting.some((isSending) => isSending())) {
        server.since = now;
      } else if (waiting.length > 0 && now - server.since >= this.#patienceMs) {
        server.since = Number.POSITIVE_INFINITY;
        this.#note(`waiting for ${server.host}, which does not answer; this gives up ${giveUp}, and Ctrl-C ends it`);
      }
    }
  }
}

/** The messages of the channels have types in nobody's declarations. */
function requestOf(message: unknown): ClientRequest & { readonly origin?: unknown } {
  return (message as { readonly request: ClientRequest }).request;
}
