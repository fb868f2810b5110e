import { type AbortOptions, type ByteRange, clampRange, type DriverFile, type DriverReadOptions, type FileInfo } from '@oh/file-store-core';
import { Crc32c } from './crc32c.ts';
import type { GcsClient, GcsRequest } from './gcs-client.ts';
import { GcsFailure, toProtocolFailure } from './gcs-failure.ts';
import type { GcsKeys } from './gcs-keys.ts';
import { type GcsObject, isGeneration, parseObjectHeaders, toFileInfo } from './gcs-object.ts';
import { type GcsObjects, notFound } from './gcs-objects.ts';
import { HttpBody, readWhole } from './http-body.ts';
import type { HttpAnswer } from './http-connections.ts';
import { ObjectBody, replacedMeanwhile } from './object-body.ts';

/** Parts of a file up to this size are read at once; larger ones are streamed. */
const maxWholeBytes = 256 * 1024;

/** The part that was asked for. */
const partialContent = 206;

/** The range begins behind the end. */
const rangeNotSatisfiable = 416;

/** What an answer with contents brought. */
interface Received {
  readonly object: GcsObject;
  readonly body: Uint8Array | ObjectBody;
}

/** The operations that look at one file. */
export class GcsReader {
  readonly #client: GcsClient;
  readonly #keys: GcsKeys;
  readonly #objects: GcsObjects;
  readonly #toError: (error: unknown, path: string) => unknown;

  /** @param toError Maps what fails while a body is being read, when no driver method is there any more to do it. */
  constructor(client: GcsClient, keys: GcsKeys, objects: GcsObjects, toError: (error: unknown, path: string) => unknown) {
    this.#client = client;
    this.#keys = keys;
    this.#objects = objects;
    this.#toError = toError;
  }

  async stat(path: string, { signal }: AbortOptions): Promise<FileInfo> {
    return toFileInfo(path, await this.#objects.get(path, signal));
  }

  async read(path: string, { range, signal }: DriverReadOptions): Promise<DriverFile> {
    const isEmpty = range?.end !== undefined && range.end <= (range.start ?? 0);
    const received = isEmpty ? undefined : await this.#client.retry(signal, () => this.#open(path, range, signal));
    if (received === undefined) {
      return { info: await this.stat(path, { signal }), body: new Uint8Array(0) };
    }
    return { info: toFileInfo(path, received.object), body: received.body };
  }

  /** @returns `undefined` when the range begins behind the end. */
  async #open(path: string, range: ByteRange | undefined, signal: AbortSignal | undefined): Promise<Received | undefined> {
    const key = this.#keys.toKey(path);
    let received: Received | undefined;
    try {
      received = await this.#client.attempt(this.#toRequest(key, range), signal, (answer) => this.#receive(path, answer, range, signal));
    } catch (error) {
      throw (await this.#objects.isMissing(error, signal)) ? notFound(path) : error;
    }
    if (received === undefined || received.object.mark !== undefined) {
      return received;
    }
    return { object: await this.#describe(key, received, signal), body: received.body };
  }

  /**
   * One request for contents. The XML API tells the metadata in headers; the JSON API does so in emulators only.
   *
   * Without `Accept-Encoding: gzip` the service would unpack what other programs stored packed.
   */
  #toRequest(key: string, range: ByteRange | undefined, generation?: string): GcsRequest {
    const { start = 0, end } = range ?? {};
    const isPart = start > 0 || end !== undefined;
    const { isGoogle } = this.#client.endpoint;
    return {
      method: 'GET',
      target: isGoogle ? this.#keys.toContentTarget(key) : this.#keys.toObjectTarget(key),
      query: { alt: isGoogle ? undefined : 'media', generation },
      headers: {
        'accept-encoding': 'gzip',
        'cache-control': 'no-store',
        ...(isPart ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : {}),
      },
      accepts: [rangeNotSatisfiable],
    };
  }

  async #receive(
    path: string,
    answer: HttpAnswer,
    range: ByteRange | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Received | undefined> {
    const limits = { timeoutMs: this.#client.timeoutMs, signal };
    if (answer.status === rangeNotSatisfiable) {
      await readWhole(answer.body, limits);
      return undefined;
    }
    const object = parseObjectHeaders(answer.headers);
    if (Number.isNaN(object.size) || !isGeneration(object.generation)) {
      answer.body.destroy();
      throw toProtocolFailure('the headers of the answer describe no object');
    }
    const { start, end } = clampRange(range, object.size);
    const length = end - start;
    const announced = Number(answer.headers['content-length'] ?? length);
    if (announced !== length) {
      answer.body.destroy();
      throw toProtocolFailure(`the service sends ${announced} bytes instead of ${length}`);
    }
    checkStart(answer, start);
    const expected = length === object.size ? object.crc32c : undefined;
    if (length <= maxWholeBytes) {
      return { object, body: this.#check(await readWhole(answer.body, limits), length, expected) };
    }
    const body = new ObjectBody({
      first: new HttpBody(answer.body, limits),
      start,
      end,
      checksum: expected === undefined ? undefined : { expected, actual: new Crc32c() },
      maxAttempts: this.#client.maxAttempts,
      reopen: (offset) => this.#reopen(path, object.generation, { start: offset, end }, signal),
      toError: (error) => this.#toError(error, path),
      signal,
    });
    return { object, body };
  }

  #check(bytes: Uint8Array, length: number, expected: string | undefined): Uint8Array {
    if (bytes.byteLength !== length) {
      throw toProtocolFailure(`the service sent ${bytes.byteLength} bytes instead of ${length}`);
    }
    if (expected !== undefined) {
      const actual = new Crc32c();
      actual.update(bytes);
      if (actual.toString() !== expected) {
        const message = `the contents have the checksum ${actual.toString()} instead of ${expected}`;
        throw new GcsFailure(message, { reason: 'damaged', isRetryable: true, mayHaveHappened: false });
      }
    }
    return bytes;
  }

  /** Asks for what headers did not tell: the object was written by another program, or by an API that has no metadata in headers. */
  async #describe(key: string, { object, body }: Received, signal: AbortSignal | undefined): Promise<GcsObject> {
    try {
      const described = await this.#objects.find(key, signal, object.generation);
      if (described === undefined) {
        throw new GcsFailure('the file was replaced while it was being opened', { isRetryable: true, mayHaveHappened: false });
      }
      return described;
    } catch (error) {
      if (body instanceof ObjectBody) {
        await body.return();
      }
      throw error;
    }
  }

  /** The same generation from `start` on, after its connection broke. */
  async #reopen(path: string, generation: string, range: ByteRange, signal: AbortSignal | undefined): Promise<HttpBody> {
    const request = this.#toRequest(this.#keys.toKey(path), range, generation);
    const limits = { timeoutMs: this.#client.timeoutMs, signal };
    try {
      return await this.#client.retry(signal, () =>
        this.#client.attempt({ ...request, accepts: [] }, signal, async (answer) => {
          checkStart(answer, range.start ?? 0);
          checkGeneration(answer, generation);
          return new HttpBody(answer.body, limits);
        }),
      );
    } catch (error) {
      throw (await this.#objects.isMissing(error, signal)) ? replacedMeanwhile(path) : error;
    }
  }
}

/** @throws {GcsFailure} When the body does not begin at this byte of the object. */
function checkStart({ status, headers, body }: HttpAnswer, start: number): void {
  const first = status === partialContent ? /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] : '0';
  if (Number(first) !== start) {
    body.destroy();
    throw toProtocolFailure(`the service sends another part of the file than the one from byte ${start}`);
  }
}

/** A part has no checksum that would tell. @throws {GcsFailure} When the body is not of this generation. */
function checkGeneration({ headers, body }: HttpAnswer, expected: string): void {
  const { generation } = parseObjectHeaders(headers);
  if (generation !== expected) {
    body.destroy();
    throw toProtocolFailure(`the service sends generation ${generation} of the file instead of ${expected}`);
  }
}
