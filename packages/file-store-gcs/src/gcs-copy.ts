import { type CopyOptions, hasErrorCode } from '@oh/file-store-core';
import type { GcsClient } from './gcs-client.ts';
import { type Change, type GcsCommits, lost } from './gcs-commits.ts';
import type { GcsDeletion } from './gcs-deletion.ts';
import { toProtocolFailure } from './gcs-failure.ts';
import type { GcsKeys } from './gcs-keys.ts';
import { type GcsObject, objectFields, parseObject } from './gcs-object.ts';
import type { GcsObjects } from './gcs-objects.ts';
import type { GcsReader } from './gcs-reader.ts';
import type { GcsUpload } from './gcs-upload.ts';
import { encodeMetadata, type WriteMark } from './write-mark.ts';

/** What {@link GcsCopy} works with. */
export interface GcsCopyParts {
  readonly client: GcsClient;
  readonly keys: GcsKeys;
  readonly objects: GcsObjects;
  readonly commits: GcsCommits;
  readonly reader: GcsReader;
  readonly upload: GcsUpload;
  readonly deletion: GcsDeletion;
}

/** A copy that was made. */
interface Copied {
  readonly object: GcsObject;
  readonly sourceGeneration: string;
}

/** Where the service stands with a copy, by what the copy replaces: a token is good for the very same copy alone. */
type RewriteTokens = Map<WriteMark['replaced'], string>;

/** Copies and moves objects, inside the service where it can. */
export class GcsCopy {
  readonly #parts: GcsCopyParts;

  constructor(parts: GcsCopyParts) {
    this.#parts = parts;
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<GcsObject> {
    return (await this.#copy(from, to, options)).object;
  }

  /** Copies, then deletes the generation that was copied; no abort any more between the two. */
  async move(from: string, to: string, options: CopyOptions): Promise<GcsObject> {
    const { object, sourceGeneration } = await this.#copy(from, to, options);
    try {
      await this.#parts.deletion.deleteVersion(from, sourceGeneration, undefined);
    } catch (error) {
      // Somebody wrote it anew, which is not ours to delete; or the answer to our own delete was lost.
      const isGone = hasErrorCode(error, 'version-mismatch') || (hasErrorCode(error, 'unavailable') && !error.retryable);
      if (!isGone) {
        throw error;
      }
    }
    return object;
  }

  async #copy(from: string, to: string, options: CopyOptions): Promise<Copied> {
    const isConditional = options.ifAbsent === true || options.ifVersion !== undefined;
    return isConditional && !this.#parts.client.endpoint.isGoogle
      ? await this.#copyThrough(from, to, options)
      : await this.#copyInside(from, to, options);
  }

  async #copyThrough(from: string, to: string, options: CopyOptions): Promise<Copied> {
    const { info, body } = await this.#parts.reader.read(from, { signal: options.signal });
    const { contentType, metadata, version } = info;
    return { object: await this.#parts.upload.write(to, body, { ...options, contentType, metadata }), sourceGeneration: version };
  }

  /** Repeats when the source is replaced meanwhile: metadata and contents of the copy are those of one generation. */
  async #copyInside(from: string, to: string, options: CopyOptions): Promise<Copied> {
    const { objects, commits, keys } = this.#parts;
    const change = { path: to, key: keys.toKey(to), condition: options, signal: options.signal };
    for (let source = await objects.get(from, options.signal); ; ) {
      const { generation } = source;
      try {
        const tokens: RewriteTokens = new Map();
        const object = await commits.run(change, (mark) => this.#rewrite(keys.toKey(from), source, change, mark, tokens));
        return { object, sourceGeneration: generation };
      } catch (error) {
        if (!(await objects.isMissing(error, options.signal))) {
          throw error;
        }
        source = await objects.get(from, options.signal);
        if (source.generation === generation) {
          // It is there: what is missing is the destination whose version was given.
          throw options.ifVersion === undefined ? error : lost(to, options);
        }
      }
    }
  }

  /**
   * A copy that the service makes in several requests goes on where an attempt before it broke off.
   *
   * @see https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite
   */
  async #rewrite(fromKey: string, source: GcsObject, change: Change, mark: WriteMark, tokens: RewriteTokens): Promise<GcsObject> {
    const { client, keys } = this.#parts;
    const target = `${keys.toObjectTarget(fromKey)}/rewriteTo${keys.toObjectTarget(change.key).slice('/storage/v1'.length)}`;
    const resource = { ...source.kept, metadata: encodeMetadata(source.metadata, mark) };
    for (;;) {
      const rewriteToken = tokens.get(mark.replaced);
      const { value } = await client.json(
        {
          method: 'POST',
          target,
          query: { sourceGeneration: source.generation, ifGenerationMatch: mark.replaced, rewriteToken, fields: rewriteFields },
          headers: { 'content-type': 'application/json; charset=UTF-8' },
          body: [Buffer.from(JSON.stringify(resource))],
        },
        change.signal,
      );
      const answer = parseRewrite(value);
      if (answer.done) {
        return parseObject(answer.resource);
      }
      tokens.set(mark.replaced, answer.rewriteToken);
    }
  }
}

const rewriteFields = `done,rewriteToken,resource(${objectFields})`;

function parseRewrite(value: unknown): { readonly done: boolean; readonly rewriteToken: string; readonly resource: unknown } {
  const { done, rewriteToken = '', resource } = (value ?? {}) as { done?: boolean; rewriteToken?: string; resource?: unknown };
  if (typeof done !== 'boolean' || (!done && rewriteToken === '')) {
    throw toProtocolFailure('the answer to a copy says neither that it is done nor how to go on', true);
  }
  return { done, rewriteToken, resource };
}
