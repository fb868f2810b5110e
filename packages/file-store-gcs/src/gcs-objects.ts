import { FileStoreError } from '@oh/file-store-core';
import type { GcsClient } from './gcs-client.ts';
import { GcsFailure, toProtocolFailure } from './gcs-failure.ts';
import type { GcsKeys } from './gcs-keys.ts';
import { type GcsObject, objectFields, parseObject } from './gcs-object.ts';

/** Looks objects up, and tells a missing object from a missing bucket. */
export class GcsObjects {
  readonly #client: GcsClient;
  readonly #keys: GcsKeys;

  constructor(client: GcsClient, keys: GcsKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /**
   * What is at a name now, in one attempt.
   *
   * @param generation Only this one.
   * @returns `undefined` for nothing.
   * @throws {GcsFailure}
   */
  async find(key: string, signal: AbortSignal | undefined, generation?: string): Promise<GcsObject | undefined> {
    const query = { fields: objectFields, generation };
    try {
      const { value } = await this.#client.json({ method: 'GET', target: this.#keys.toObjectTarget(key), query }, signal);
      return parseObject(value);
    } catch (error) {
      if (await this.isMissing(error, signal)) {
        return undefined;
      }
      throw error;
    }
  }

  /** What is at a path. @throws {FileStoreError} `not-found`. @throws {GcsFailure} */
  async get(path: string, signal: AbortSignal | undefined): Promise<GcsObject> {
    const key = this.#keys.toKey(path);
    const object = await this.#client.retry(signal, () => this.find(key, signal));
    if (object === undefined) {
      throw notFound(path);
    }
    return object;
  }

  /**
   * Whether an error says that an object is not there, and not that the bucket is not.
   *
   * @throws {GcsFailure} When it says neither, and the bucket proves to be missing or cannot be asked for; or when at Google's address
   *   somebody else says it.
   */
  async isMissing(error: unknown, signal: AbortSignal | undefined): Promise<boolean> {
    if (!(error instanceof GcsFailure) || error.status !== 404 || saysBucket(error)) {
      return false;
    }
    if (error.reason === 'protocol' && this.#client.endpoint.isGoogle) {
      throw toProtocolFailure('somebody else than the service says 404');
    }
    if (!saysObject(error) && !this.#client.hasSucceeded) {
      await this.#client.json({ method: 'GET', target: this.#keys.toListTarget(), query: { maxResults: '1', fields: 'kind' } }, signal);
    }
    return true;
  }
}

/** The error for a path where no file is. */
export function notFound(path: string): FileStoreError {
  return new FileStoreError('not-found', `no file at ${JSON.stringify(path)}`, { path });
}

function saysBucket({ reason, message }: GcsFailure): boolean {
  return reason === 'NoSuchBucket' || /bucket does not exist/i.test(message);
}

function saysObject({ reason, message }: GcsFailure): boolean {
  return reason === 'NoSuchKey' || /^no such object/i.test(message);
}
