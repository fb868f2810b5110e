import { type DeleteOptions, FileStoreError, forEachConcurrently } from '@oh/file-store-core';
import { maxBatchCalls } from './batch.ts';
import type { GcsClient, ObjectRequest } from './gcs-client.ts';
import { lost } from './gcs-commits.ts';
import { GcsFailure, withDetails } from './gcs-failure.ts';
import type { GcsKeys } from './gcs-keys.ts';
import type { GcsListing, ListedObject } from './gcs-listing.ts';
import { isGeneration } from './gcs-object.ts';
import type { GcsObjects } from './gcs-objects.ts';

/** Requests under way at once, each of which deletes up to {@link maxBatchCalls} objects. */
const maxBatchesAtOnce = 4;

/** What a conditional delete met. */
type Deletion = 'deleted' | 'gone' | 'gone-after-lost-answer';

/** Deletes objects: only ever the generation that was seen, so that trying again never hits a file that came later. */
export class GcsDeletion {
  readonly #client: GcsClient;
  readonly #keys: GcsKeys;
  readonly #objects: GcsObjects;
  readonly #listing: GcsListing;

  constructor(client: GcsClient, keys: GcsKeys, objects: GcsObjects, listing: GcsListing) {
    this.#client = client;
    this.#keys = keys;
    this.#objects = objects;
    this.#listing = listing;
  }

  async delete(path: string, { ifVersion, signal }: DeleteOptions): Promise<void> {
    if (ifVersion !== undefined) {
      await this.deleteVersion(path, ifVersion, signal);
      return;
    }
    const results = await Promise.allSettled([this.#deleteFile(path, signal), this.#deleteBelow(path, signal)]);
    for (const result of results) {
      if (result.status === 'rejected') {
        throw result.reason;
      }
    }
  }

  /** @throws {FileStoreError} `version-mismatch`; `unavailable` when nobody can tell who deleted it. @throws {GcsFailure} */
  async deleteVersion(path: string, version: string, signal: AbortSignal | undefined): Promise<void> {
    const key = this.#keys.toKey(path);
    if (!isGeneration(version)) {
      throw lost(path, { ifVersion: version });
    }
    const deletion = await this.#deleteGeneration(key, version, signal);
    if (deletion === 'gone') {
      throw lost(path, { ifVersion: version });
    }
    if (deletion === 'gone-after-lost-answer') {
      const message = `the answer to a delete of ${JSON.stringify(path)} was lost, and that version is gone: by this call or by another one`;
      throw new FileStoreError('unavailable', message, { path, retryable: false });
    }
  }

  async #deleteFile(path: string, signal: AbortSignal | undefined): Promise<void> {
    const key = this.#keys.toKey(path);
    const current = await this.#client.retry(signal, () => this.#objects.find(key, signal));
    if (current !== undefined) {
      await this.#deleteGeneration(key, current.generation, signal);
    }
  }

  async #deleteBelow(path: string, signal: AbortSignal | undefined): Promise<void> {
    for await (const objects of this.#listing.objects(this.#keys.toDirectoryKey(path), signal)) {
      await forEachConcurrently(inBatches(objects), { maxInFlight: maxBatchesAtOnce }, (batch) => this.#deleteAll(batch, signal));
    }
  }

  /** Deletes what fits into one request; what fails and may be tried again is, alone. */
  async #deleteAll(objects: readonly ListedObject[], signal: AbortSignal | undefined): Promise<void> {
    let remaining = objects;
    await this.#client.retry(signal, async () => {
      const requests = remaining.map(({ key, generation }) => this.#toRequest(key, generation));
      const failures = await this.#client.batch(requests, signal);
      const failed: { readonly object: ListedObject; readonly failure: GcsFailure }[] = [];
      for (const [i, object] of remaining.entries()) {
        const failure = failures[i];
        if (failure !== undefined && !(await this.#isGone(failure, signal))) {
          failed.push({ object, failure });
        }
      }
      remaining = failed.map(({ object }) => object);
      const worst = failed.find(({ failure }) => !failure.isRetryable) ?? failed[0];
      if (worst !== undefined) {
        throw worst.failure;
      }
    });
  }

  async #deleteGeneration(key: string, generation: string, signal: AbortSignal | undefined): Promise<Deletion> {
    const request = this.#toRequest(key, generation);
    let mayBeDeleted = false;
    try {
      return await this.#client.retry(signal, async () => {
        try {
          await this.#client.json(request, signal);
          return 'deleted';
        } catch (error) {
          if (await this.#isGone(error, signal)) {
            return mayBeDeleted ? 'gone-after-lost-answer' : 'gone';
          }
          mayBeDeleted ||= error instanceof GcsFailure && error.mayHaveHappened;
          throw error;
        }
      });
    } catch (error) {
      throw error instanceof GcsFailure ? withDetails(error, { mayHaveHappened: mayBeDeleted }) : error;
    }
  }

  #toRequest(key: string, generation: string): ObjectRequest {
    // In a bucket with versions, `generation` would delete for good what `ifGenerationMatch` archives; emulators know no better.
    const query = this.#client.endpoint.isGoogle ? { ifGenerationMatch: generation } : { generation };
    return { method: 'DELETE', target: this.#keys.toObjectTarget(key), query };
  }

  async #isGone(error: unknown, signal: AbortSignal | undefined): Promise<boolean> {
    return (error instanceof GcsFailure && error.status === 412) || (await this.#objects.isMissing(error, signal));
  }
}

function* inBatches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += maxBatchCalls) {
    yield items.slice(i, i + maxBatchCalls);
  }
}
