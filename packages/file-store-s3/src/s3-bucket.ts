import type { S3Client } from '@aws-sdk/client-s3';
import { raceAbort, Slots, withLinkedSignal } from '@oh/file-store-core';
import { countAttempts } from './earlier-attempts.ts';
import type { ObjectRequests, SendOptions } from './object-requests.ts';
import { hasExpiredCredentials, mayBeDone, type S3Operation, type S3Place, toS3Error } from './s3-error.ts';
import { S3Keys } from './s3-key.ts';

/** Requests of one store under way at once: more of them would not be done sooner. */
const maxRequests = 64;

/** How long cleaning up after something may take, in milliseconds. */
export const cleanUpMs = 10_000;

/** One request to make. */
export interface S3Call extends S3Operation {
  readonly signal?: AbortSignal | undefined;
}

/** What an {@link S3Bucket} consists of. */
export interface S3BucketOptions {
  readonly name: string;
  readonly client: S3Client;
  readonly objects: ObjectRequests;
  readonly prefix: string;
  /** For messages. */
  readonly endpoint: string | undefined;
}

/** The bucket of a store: its client, its keys, and the one way in which requests are made. */
export class S3Bucket {
  readonly name: string;
  readonly client: S3Client;
  readonly objects: ObjectRequests;
  readonly keys: S3Keys;
  readonly #endpoint: string | undefined;
  readonly #slots = new Slots(maxRequests);
  readonly #background = new Set<Promise<unknown>>();
  /** How often credentials were asked for anew. */
  #renewals = 0;
  #renewing: Promise<boolean> | undefined;

  constructor({ name, client, objects, prefix, endpoint }: S3BucketOptions) {
    this.name = name;
    this.client = client;
    this.objects = objects;
    this.keys = new S3Keys(prefix);
    this.#endpoint = endpoint;
  }

  /** Where requests go. */
  async place(): Promise<S3Place> {
    const region = await Promise.resolve(this.client.config.region()).catch(() => undefined);
    return { bucket: this.name, endpoint: this.#endpoint, region };
  }

  /** Makes a request when its turn comes. @throws {FileStoreError} What {@link toS3Error} makes of a failure, or the reason of an abort. */
  async call<T>(call: S3Call, send: (client: S3Client, options: SendOptions) => Promise<T>): Promise<T> {
    const { signal } = call;
    const attempt = (options: SendOptions): Promise<T> =>
      countAttempts(async (earlier) => {
        const sendOnce = async (): Promise<T> => {
          try {
            return await send(this.client, options);
          } catch (error) {
            signal?.throwIfAborted();
            const failure = toS3Error(error, call, await this.place(), earlier);
            earlier.mayBeDone ||= mayBeDone(failure);
            throw failure;
          }
        };
        const renewals = this.#renewals;
        try {
          return await sendOnce();
        } catch (error) {
          if (!hasExpiredCredentials(error) || (renewals === this.#renewals && !(await this.#renewCredentials()))) {
            throw error;
          }
          return await sendOnce();
        }
      });
    return await this.#slots.run(signal, () =>
      signal === undefined
        ? attempt({})
        : // Whoever looks for credentials does not look at the signal.
          withLinkedSignal(signal, (abortSignal) => raceAbort(attempt({ abortSignal }), abortSignal)),
    );
  }

  /**
   * Asks for credentials anew, which the SDK does only when they say themselves that they have expired: not of a provider that does not say when, nor where the clock is wrong.
   *
   * @returns Whether there are any. They need not be others than before: the SDK may have had newer ones already than those that a request was sent with.
   */
  async #renewCredentials(): Promise<boolean> {
    const renew = async (): Promise<boolean> => {
      await this.client.config.credentials({ forceRefresh: true });
      this.#renewals += 1;
      return true;
    };
    this.#renewing ??= renew()
      .catch(() => false)
      .finally(() => {
        this.#renewing = undefined;
      });
    return await this.#renewing;
  }

  /** Lets something go on that nobody may be waiting for any more; {@link settle} does. */
  inBackground<T>(work: Promise<T>): Promise<T> {
    const settled = work.catch(() => undefined).finally(() => this.#background.delete(settled));
    this.#background.add(settled);
    return work;
  }

  /** Waits for what goes on in the background, and for what that leaves to be done. */
  async settle(): Promise<void> {
    while (this.#background.size > 0) {
      await Promise.all(this.#background);
    }
  }
}
