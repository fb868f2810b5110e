import { type Chunk, slicePieces } from './chunk-reader.ts';
import type { GcsClient, GcsRequest, JsonAnswer } from './gcs-client.ts';
import { GcsFailure, toProtocolFailure, withDetails } from './gcs-failure.ts';
import { type GcsObject, parseObject } from './gcs-object.ts';

/** "Resume incomplete": the service has a part, and waits for more. */
const incomplete = 308;

/** How the service says that an upload was cancelled. */
const cancelled = 499;

/** The longest that a cancellation is waited for, in milliseconds. */
const cancelTimeoutMs = 5000;

/**
 * One upload in parts: nothing is visible before the last part has arrived, and the condition is checked then.
 *
 * A part whose answer got lost is taken up where the service stands. Emulators understand the question as the end of the upload
 * (fake-gcs-server 1.56), so that elsewhere than at Google such an upload fails.
 *
 * @see https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export class ResumableUpload {
  readonly #client: GcsClient;
  readonly #signal: AbortSignal | undefined;
  #session: URL | undefined;
  /** Bytes before the chunk that is being sent. */
  #sent = 0;
  #mayBeFinished = false;

  constructor(client: GcsClient, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Whether the last part may have arrived although its answer did not. */
  get mayBeFinished(): boolean {
    return this.#mayBeFinished;
  }

  /** Opens the upload; tried again, one that was opened before stays unused, and the service forgets it. */
  async start(request: GcsRequest): Promise<void> {
    await this.#client.retry(this.#signal, async () => {
      const { location } = (await this.#client.json(request, this.#signal)).headers;
      if (location === undefined) {
        throw toProtocolFailure('the service opened an upload without saying where');
      }
      this.#session = new URL(location);
    });
  }

  /** Sends a part that is not the last. */
  async send(chunk: Chunk): Promise<void> {
    await this.#transfer(chunk, undefined);
    this.#sent += chunk.size;
  }

  /** Sends the last part with the checksum of the whole, in base64. */
  async finish(chunk: Chunk, crc32c: string): Promise<GcsObject> {
    const object = await this.#transfer(chunk, crc32c);
    this.#mayBeFinished = true;
    return parseObject(object);
  }

  /** Has the service drop the parts; they would also go by themselves after a week. Never fails. */
  async cancel(): Promise<void> {
    if (this.#session === undefined) {
      return;
    }
    const request = { method: 'DELETE', target: this.#session, accepts: [cancelled, 404, 410] } as const;
    await this.#client.json(request, AbortSignal.timeout(cancelTimeoutMs)).catch(() => undefined);
  }

  /** @returns What the service says of the object when the last part has arrived. */
  async #transfer(chunk: Chunk, crc32c: string | undefined): Promise<unknown> {
    const end = this.#sent + chunk.size;
    let arrived = this.#sent;
    return await this.#client.retry(this.#signal, async (before) => {
      if (before > 0 && this.#client.endpoint.isGoogle) {
        const status = await this.#put({ 'content-range': 'bytes */*' }, []);
        if (status.status !== incomplete) {
          return status.value;
        }
        arrived = checkProgress(countArrived(status), this.#sent, end);
      }
      // Of a last part all of which arrived without ending the upload, only the end is missing.
      while (arrived < end || crc32c !== undefined) {
        const range = arrived < end ? `${arrived}-${end - 1}` : '*';
        const headers = {
          'content-range': `bytes ${range}/${crc32c === undefined ? '*' : end}`,
          ...(crc32c === undefined ? {} : { 'x-goog-hash': `crc32c=${crc32c}` }),
        };
        const answer = await this.#putPart(headers, slicePieces(chunk.pieces, arrived - this.#sent, chunk.size), crc32c !== undefined);
        if (answer.status !== incomplete) {
          return answer.value;
        }
        arrived = checkProgress(countArrived(answer), arrived + 1, end);
      }
      return undefined;
    });
  }

  async #putPart(headers: Readonly<Record<string, string>>, pieces: readonly Uint8Array[], isLast: boolean): Promise<JsonAnswer> {
    try {
      return await this.#put(headers, pieces);
    } catch (error) {
      if (error instanceof GcsFailure && error.mayHaveHappened) {
        this.#mayBeFinished ||= isLast;
        throw this.#client.endpoint.isGoogle ? error : withDetails(error, { isRetryable: false });
      }
      throw error;
    }
  }

  async #put(headers: Readonly<Record<string, string>>, body: readonly Uint8Array[]): Promise<JsonAnswer> {
    const target = this.#session;
    if (target === undefined) {
      throw new TypeError('an upload is started before parts are sent');
    }
    try {
      return await this.#client.json({ method: 'PUT', target, headers, body, accepts: [incomplete] }, this.#signal);
    } catch (error) {
      if (error instanceof GcsFailure && (error.status === 404 || error.status === 410)) {
        throw new GcsFailure('the service has forgotten the upload', { isRetryable: false, mayHaveHappened: false, cause: error });
      }
      throw error;
    }
  }
}

/** Bytes that the service has: `Range: bytes=0-<last>`, or no such header for none. */
function countArrived({ headers }: JsonAnswer): number {
  const last = /^bytes=0-(\d+)$/.exec(headers.range ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/** A service that has less than before would be sent the same bytes for ever; one that has more than it was sent has others. */
function checkProgress(arrived: number, least: number, most: number): number {
  if (arrived > most) {
    throw toProtocolFailure(`the service has ${arrived} bytes of an upload instead of ${most}`);
  }
  if (arrived < least) {
    throw new GcsFailure(`the service has ${arrived} bytes of an upload instead of ${least} or more`, {
      isRetryable: true,
      mayHaveHappened: false,
    });
  }
  return arrived;
}
