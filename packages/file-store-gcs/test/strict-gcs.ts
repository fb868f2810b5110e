import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server answered. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request to answer. */
type Call = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** A resumable upload as the service would know it. */
interface Session {
  readonly key: string;
  arrived: number;
  finished: Answer | undefined;
}

/**
 * Stands before fake-gcs-server and adds what Google's service does and the emulator does not: `ifGenerationMatch` on delete and rewrite,
 * the XML API's way of reading, batches that hold conditions, without metadata in the headers of the JSON API's, and taking a resumable upload up where it broke.
 *
 * For what no server that runs here can do. All else passes through to the emulator, which remains the judge.
 */
export class StrictGcs implements AsyncDisposable {
  /** How many sessions were cancelled. */
  cancelled = 0;
  /** What the next calls of a batch are answered with instead of being carried out. */
  refusesInBatch: Answer[] = [];
  /** How many calls came in batches. */
  callsInBatches = 0;
  /** Takes only so many bytes of a part, once. */
  takesOnce: number | undefined;
  /** Changes contents on their way, once or always. */
  damages: 'no' | 'once' | 'always' = 'no';
  readonly #upstream: URL;
  readonly #server = createServer({ keepAliveTimeout: 0 }, (incoming, response) => void this.#serve(incoming, response));
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sessions = new Map<string, Session>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(upstream: string) {
    this.#upstream = new URL(upstream);
  }

  static async start(upstream: string): Promise<StrictGcs> {
    const strict = new StrictGcs(upstream);
    await once(strict.#server.listen(0, '127.0.0.1'), 'listening');
    return strict;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) {
        chunks.push(chunk);
      }
      const { status, headers, body } = await this.#answer(incoming, Buffer.concat(chunks));
      response.writeHead(status, { ...headers, 'content-length': body.byteLength }).end(body);
    } catch {
      // The client left in the middle of its request.
      response.destroy();
    }
  }

  async #answer({ method = '', url = '', headers }: Call, body: Buffer): Promise<Answer> {
    const target = new URL(url, this.#upstream);
    if (target.pathname === '/batch/storage/v1') {
      return await this.#batch(headers, body);
    }
    const query = target.searchParams;
    const forward = (): Promise<Answer> => this.#forward(method, target, headers, body);
    const uploadId = query.get('upload_id');
    if (uploadId !== null) {
      return await this.#part(method, target, headers, body, uploadId);
    }
    if (target.pathname.startsWith('/upload/')) {
      const key = `${target.pathname.split('/')[5]}/${encodeURIComponent(query.get('name') ?? '')}`;
      const answer = await this.#inTurn(key, () => this.#forward(method, target, headers, this.#damage(body)));
      this.#open(key, answer);
      return answer;
    }
    const [, bucket = '', object = '', rewriteTo] =
      /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)(?:\/rewriteTo\/b\/[^/]+\/o\/([^/]+))?$/.exec(target.pathname) ?? [];
    if (rewriteTo !== undefined) {
      return await this.#conditional(`${bucket}/${rewriteTo}`, query.get('ifGenerationMatch'), forward);
    }
    if (method === 'DELETE') {
      return await this.#conditional(`${bucket}/${object}`, query.get('ifGenerationMatch'), forward);
    }
    if (method === 'GET' && !target.pathname.startsWith('/storage/')) {
      return await this.#read(target, headers);
    }
    const answer = await forward();
    return query.get('alt') === 'media' ? { ...answer, headers: withoutMetadata(answer.headers) } : answer;
  }

  /** Several calls in one request: each for itself. */
  async #batch(headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
    const boundary = /boundary=(.*)$/.exec(headers['content-type'] ?? '')?.[1] ?? '';
    const calls = [...body.toString().matchAll(/^(DELETE) (\S+) HTTP\/1\.1\r$/gm)].map(
      ([, method, url]): Call => ({ method, url, headers: {} }),
    );
    this.callsInBatches += calls.length;
    const answers = await Promise.all(calls.map((call) => this.refusesInBatch.shift() ?? this.#answer(call, Buffer.alloc(0))));
    const parts = answers.map(
      ({ status, headers: inner, body: text }) =>
        `--${boundary}\r\ncontent-type: application/http\r\n\r\nHTTP/1.1 ${status} Whatever\r\ncontent-type: ${inner['content-type']}\r\n\r\n${text}\r\n`,
    );
    const contentType = { 'content-type': `multipart/mixed; boundary="${boundary}"` };
    return { status: 200, headers: contentType, body: Buffer.from(`${parts.join('')}--${boundary}--\r\n`) };
  }

  /** `GET /bucket/name` of the XML API. */
  async #read(target: URL, headers: IncomingHttpHeaders): Promise<Answer> {
    const [, bucket = '', ...segments] = target.pathname.split('/');
    const key = segments.map(decodeURIComponent).join('/');
    const json = new URL(`/storage/v1/b/${bucket}/o/${encodeURIComponent(key)}`, this.#upstream);
    json.search = target.search;
    json.searchParams.set('alt', 'media');
    const answer = await this.#forward('GET', json, headers, Buffer.alloc(0));
    if (answer.status === 404) {
      const code = (await this.#hasBucket(bucket)) ? 'NoSuchKey' : 'NoSuchBucket';
      const body = Buffer.from(`<Error><Code>${code}</Code><Message>It is not there.</Message></Error>`);
      return { status: 404, headers: { 'content-type': 'application/xml' }, body };
    }
    return { ...answer, body: answer.status < 300 ? this.#damage(answer.body) : answer.body };
  }

  #open(key: string, { headers }: Answer): void {
    const id = headers.location === undefined ? null : new URL(headers.location).searchParams.get('upload_id');
    if (id !== null) {
      this.#sessions.set(id, { key, arrived: 0, finished: undefined });
    }
  }

  async #part(method: string, target: URL, headers: IncomingHttpHeaders, body: Buffer, id: string): Promise<Answer> {
    const session = this.#sessions.get(id);
    if (session === undefined) {
      return { status: 404, headers: {}, body: Buffer.alloc(0) };
    }
    if (method === 'DELETE') {
      this.cancelled += 1;
      this.#sessions.delete(id);
      return { status: 499, headers: {}, body: Buffer.alloc(0) };
    }
    return await this.#inTurn(session.key, async () => {
      const range = String(headers['content-range']);
      const taken = this.takesOnce === undefined || range.startsWith('bytes *') ? undefined : this.takesOnce;
      if (session.finished === undefined && !range.startsWith('bytes *')) {
        const start = Number(/^bytes (\d+)-/.exec(range)?.[1]);
        const part = taken === undefined ? body : body.subarray(0, taken);
        const asked = taken === undefined ? range : `bytes ${start}-${start + taken - 1}/*`;
        this.takesOnce = undefined;
        const answer = await this.#forward(method, target, { ...headers, 'content-range': asked }, this.#damage(part));
        if (answer.status !== 308) {
          session.finished = answer;
        } else {
          session.arrived = start + part.byteLength;
        }
      }
      const had = session.arrived === 0 ? {} : { range: `bytes=0-${session.arrived - 1}` };
      return session.finished ?? { status: 308, headers: had, body: Buffer.alloc(0) };
    });
  }

  async #conditional(key: string, ifGenerationMatch: string | null, forward: () => Promise<Answer>): Promise<Answer> {
    return await this.#inTurn(key, async () => {
      if (ifGenerationMatch !== null) {
        const [bucket = '', object] = key.split('/');
        const current = await this.#get(`/storage/v1/b/${bucket}/o/${object}`);
        const generation = current.status === 404 ? '0' : JSON.parse(current.body.toString()).generation;
        if (generation !== ifGenerationMatch) {
          return (await this.#hasBucket(bucket)) ? refusal(generation === '0' ? 404 : 412, `No such object: ${key}`) : noBucket;
        }
      }
      return await forward();
    });
  }

  async #hasBucket(bucket: string): Promise<boolean> {
    return (await this.#get(`/storage/v1/b/${bucket}`)).status !== 404;
  }

  async #get(target: string): Promise<Answer> {
    return await this.#forward('GET', new URL(target, this.#upstream), {}, Buffer.alloc(0));
  }

  /** One change of an object after the other, so that the check and the change are one step. */
  async #inTurn<T>(key: string, action: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const running = before.then(action, action);
    this.#turns.set(key, running);
    return await running;
  }

  #damage(body: Buffer): Buffer {
    if (this.damages === 'no' || body.byteLength === 0) {
      return body;
    }
    this.damages = this.damages === 'once' ? 'no' : this.damages;
    const damaged = Buffer.from(body);
    const index = Math.floor(body.byteLength / 2);
    damaged.writeUInt8(damaged.readUInt8(index) ^ 1, index);
    return damaged;
  }

  async #forward(method: string, url: URL, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
    const { host = url.host, 'transfer-encoding': _chunked, connection: _connection, ...others } = headers;
    const sent = request(url, { method, agent: this.#agent, headers: { ...others, host, 'content-length': body.byteLength } });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(chunk);
    }
    const { connection: _kept, 'transfer-encoding': _encoding, ...answered } = response.headers;
    return { status: response.statusCode ?? 0, headers: answered, body: Buffer.concat(chunks) };
  }
}

/** What Google answers instead of doing what it was asked. */
export function refusal(status: number, message: string, reason = status === 404 ? 'notFound' : 'conditionNotMet'): Answer {
  const body = JSON.stringify({ error: { code: status, message, errors: [{ reason, message }] } });
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: Buffer.from(body) };
}

const noBucket = refusal(404, 'The specified bucket does not exist.');

function withoutMetadata(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-goog-meta-')));
}
