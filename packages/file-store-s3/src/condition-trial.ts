import { CompleteMultipartUploadCommand, DeleteObjectCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { hasErrorCode } from '@oh/file-store-core';
import { abortUpload, beginUpload, type Upload } from './begun-upload.ts';
import { cleanUpMs, type S3Bucket, type S3Call } from './s3-bucket.ts';
import { failureOf } from './s3-error.ts';
import { pauseBefore } from './s3-retry-strategy.ts';

/** Requests that race for one success: a server that checks before it acts lets several through only when many come at once. */
const racers = 32;

/** Uploads that race to be completed: each of them takes several requests. */
const racingUploads = 8;

/** How often a race is run in which nobody is known to have won, since answers were lost. */
const maxRaces = 5;

/** How often a server is asked that is asked too soon: in all for some seconds. */
const maxLooks = 12;

/** An ETag that no object has. */
const noEtag = '"00000000000000000000000000000000"';

/** A condition that a request carries. */
interface Condition {
  readonly IfNoneMatch?: '*';
  readonly IfMatch?: string;
}

/** What a trial has shown. */
export interface TrialFinding {
  /** Why conditions do not hold. */
  readonly fault?: string;
  /** Whether the server knows versions in `If-Match` only without the quotes that belong there, as radosgw 16. */
  readonly bareEtags?: boolean;
}

/** One trial of what a server does with conditions, and the objects and uploads made for it. */
export class ConditionTrial {
  readonly #bucket: S3Bucket;
  readonly #call: S3Call;
  readonly #keys: string[] = [];
  readonly #uploads: Promise<Upload>[] = [];

  /** @param directory Where they are made. @param signal Ends the trial, not its cleaning up. */
  constructor(bucket: S3Bucket, directory: string, signal: AbortSignal) {
    this.#bucket = bucket;
    this.#call = { action: 'try conditions on', path: directory, signal };
  }

  async tryWrites(): Promise<TrialFinding> {
    const creators = await this.#race(racers, async () => {
      const key = this.#newKey();
      return (racer) => this.#put(key, racer, { IfNoneMatch: '*' });
    });
    if (creators !== 1) {
      return toFinding(creators, racers, 'If-None-Match');
    }
    const changers = await this.#raceChanges((etag) => etag);
    if (changers !== 0) {
      return toFinding(changers, racers, 'If-Match');
    }
    const bareEtags = await this.#raceChanges((etag) => etag.replaceAll('"', ''));
    return { ...toFinding(bareEtags, racers, 'If-Match'), bareEtags: true };
  }

  async tryDeletes(): Promise<TrialFinding> {
    const stale = await this.#wins(async () => {
      const key = this.#newKey();
      await this.#put(key, 0);
      await this.#delete(key, noEtag);
    });
    if (stale) {
      return { fault: 'it deletes whatever If-Match says' };
    }
    const deleters = await this.#race(racers, async () => {
      const key = this.#newKey();
      const etag = await this.#put(key, 0);
      return () => this.#delete(key, etag);
    });
    return toFinding(deleters, racers, 'If-Match');
  }

  async tryCompletions(): Promise<TrialFinding> {
    const creators = await this.#race(racingUploads, async () => {
      const key = this.#newKey();
      const uploads = await Promise.all(Array.from({ length: racingUploads }, (_, racer) => this.#upload(key, racer)));
      return async (racer) => await uploads[racer]?.({ IfNoneMatch: '*' });
    });
    const stale = await this.#wins(async () => {
      const key = this.#newKey();
      await this.#put(key, 0);
      const complete = await this.#upload(key, 1);
      await complete({ IfMatch: noEtag });
    });
    return stale ? { fault: 'it completes uploads whatever If-Match says' } : toFinding(creators, racingUploads, 'If-None-Match');
  }

  /** Removes what the trial has made; what stays is unseen by listings, and harmless. */
  async cleanUp(): Promise<void> {
    const call = { ...this.#call, signal: AbortSignal.timeout(cleanUpMs) };
    await Promise.allSettled([
      ...this.#keys.map((key) => this.#delete(key, undefined, call)),
      ...this.#uploads.map(async (begun) => await abortUpload(this.#bucket, await begun, call.path)),
    ]);
  }

  async #raceChanges(toHeader: (etag: string) => string): Promise<number> {
    return await this.#race(racers, async () => {
      const key = this.#newKey();
      const IfMatch = toHeader(await this.#put(key, racers));
      return (racer) => this.#put(key, racer, { IfMatch });
    });
  }

  /** @returns How many won. */
  async #race(count: number, prepare: () => Promise<(racer: number) => Promise<unknown>>): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      const run = await prepare();
      const results = await Promise.allSettled(Array.from({ length: count }, (_, racer) => run(racer)));
      const winners = results.filter((result) => result.status === 'fulfilled').length;
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      const refusal = failures.find((error) => failureOf(error) === 'refused' && !isTooSoon(error));
      // A server that has answered nobody is not asked again: each race may take as long as all attempts at a request.
      const isLast = attempt >= maxRaces || (winners === 0 && !failures.some(isAnswer));
      const unknown = isLast && winners === 0 ? failures.find((error) => isTooSoon(error) || !isAnswer(error)) : undefined;
      if (refusal !== undefined || unknown !== undefined) {
        throw refusal ?? unknown;
      }
      if (winners === 1 && !failures.some((error) => isLoss(error) || failureOf(error) === 'conflict')) {
        return (await this.#winsLater(() => run(0))) ? 2 : 1;
      }
      if (winners > 0 || attempt >= maxRaces) {
        return winners;
      }
    }
  }

  /** Whether one more wins after the only winner of a race in which nobody has lost: those whose turn never came show nothing of conditions. */
  async #winsLater(run: () => Promise<unknown>): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      await pauseBefore(attempt, this.#call.signal);
      try {
        return await this.#wins(run);
      } catch (error) {
        if (!isTooSoon(error) || attempt >= maxLooks) {
          throw error;
        }
      }
    }
  }

  /** Whether `run` succeeds although its condition does not hold. */
  async #wins(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      if (isLoss(error)) {
        return false;
      }
      throw error;
    }
  }

  async #put(Key: string, racer: number, condition: Condition = {}): Promise<string> {
    const command = new PutObjectCommand({ Bucket: this.#bucket.name, Key, Body: Buffer.from(`racer ${racer}`), ...condition });
    const { ETag = noEtag } = await this.#bucket.call(this.#call, (client, options) => client.send(command, options));
    return ETag;
  }

  async #delete(Key: string, IfMatch: string | undefined, call: S3Call = this.#call): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket.name, Key, ...(IfMatch === undefined ? {} : { IfMatch }) });
    await this.#bucket.call(call, (client, options) => client.send(command, options));
  }

  /** An upload that is ready to be completed. */
  async #upload(Key: string, racer: number): Promise<(condition: Condition) => Promise<void>> {
    const begun = beginUpload(this.#bucket, { Bucket: this.#bucket.name, Key }, this.#call);
    this.#uploads.push(begun);
    const upload = await begun;
    const part = { ...upload, PartNumber: 1, Body: Buffer.from(`racer ${racer}`) };
    const { ETag } = await this.#bucket.call(this.#call, (client, options) => client.send(new UploadPartCommand(part), options));
    return async (condition) => {
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, ...condition });
      await this.#bucket.call(this.#call, (client, options) => client.send(command, options));
    };
  }

  #newKey(): string {
    const key = this.#bucket.keys.newTrialKey(this.#call.path);
    this.#keys.push(key);
    return key;
  }
}

/** Whether the server has said something: that it was asked too soon, too. */
function isAnswer(error: unknown): boolean {
  return failureOf(error) !== 'unknown-outcome' || isTooSoon(error);
}

function isLoss(error: unknown): boolean {
  const failure = failureOf(error);
  return failure === 'lost' || failure === 'missing';
}

/** Some servers take one write of an object a second: who comes sooner has neither won nor lost. */
function isTooSoon(error: unknown): boolean {
  return hasErrorCode(error, 'rate-limited');
}

function toFinding(winners: number, count: number, header: string): TrialFinding {
  return winners === 1 ? {} : { fault: `${winners} of ${count} racing requests with one ${header} won` };
}
