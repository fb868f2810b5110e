import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { checksumOf } from './checksum-comparison.ts';
import type { DirectRequest, DirectRequests } from './direct-requests.ts';
import type { ContentsAnswer, ObjectAnswer } from './object-answer.ts';
import { quiet } from './s3-body.ts';
import type { ConditionHeaders } from './s3-condition.ts';
import { toDate } from './s3-info.ts';
import { metadataPrefix } from './s3-metadata.ts';

/** Larger bodies go through the SDK, which asks the server before it sends them. */
const maxDirectBytes = 1024 * 1024;

/** What `client.send` takes besides the command. */
export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** What to read of an object. */
export interface GetInput {
  readonly Key: string;
  readonly ChecksumMode?: 'ENABLED';
  readonly Range?: string;
  readonly IfMatch?: string;
}

/** An object to write. */
export interface PutInput extends ConditionHeaders {
  readonly Key: string;
  readonly Body: Buffer;
  readonly ContentType: string;
  readonly Metadata: Readonly<Record<string, string>>;
}

/** The headers of what the SDK calls otherwise. */
const headerNames = {
  ChecksumMode: 'x-amz-checksum-mode',
  Range: 'range',
  IfMatch: 'if-match',
  IfNoneMatch: 'if-none-match',
  ContentType: 'content-type',
} as const;

/** The requests for one object at a time: made directly where that can be, else by the SDK. Errors are those of the SDK. */
export class ObjectRequests {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #direct: DirectRequests | undefined;

  /** @param direct `undefined` for a client of the caller's, which is used as it is. */
  constructor(client: S3Client, bucket: string, direct: DirectRequests | undefined) {
    this.#client = client;
    this.#bucket = bucket;
    this.#direct = direct;
  }

  async get(input: GetInput, options: SendOptions): Promise<ContentsAnswer> {
    return await this.#send({ method: 'GET', key: input.Key, headers: toHeaders(input) }, options, async () => {
      const output = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, ...input }), options);
      const { ContentLength: length, ContentRange: contentRange } = output;
      return {
        ...output,
        length,
        contentRange,
        answeredAt: new Date(),
        body: quiet(output.Body as Readable),
        checksum: checksumIn(output),
      };
    });
  }

  async head(Key: string, options: SendOptions): Promise<ObjectAnswer> {
    return await this.#send({ method: 'HEAD', key: Key, headers: {} }, options, async () => {
      const output = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key }), options);
      return { ...output, length: output.ContentLength, answeredAt: new Date() };
    });
  }

  /** The answer says of the object its ETag alone, and when it was answered. */
  async put(input: PutInput, options: SendOptions): Promise<ObjectAnswer> {
    const { Body: body, Metadata } = input;
    const metadata = Object.entries(Metadata).map(([name, value]) => [`${metadataPrefix}${name}`, value]);
    const request: DirectRequest = {
      method: 'PUT',
      key: input.Key,
      headers: { ...toHeaders(input), ...Object.fromEntries(metadata) },
      body,
    };
    return await this.#send(request, options, async () => {
      const command = new PutObjectCommand({ Bucket: this.#bucket, ...input, Metadata: { ...Metadata } });
      let answeredAt: Date | undefined;
      command.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> };
          answeredAt = toDate(headers?.['date']);
          return result;
        },
        { step: 'deserialize', name: 'readDate' },
      );
      const { ETag } = await this.#client.send(command, options);
      return { ETag, length: body.byteLength, answeredAt: answeredAt ?? new Date() };
    });
  }

  async close(): Promise<void> {
    await this.#direct?.close();
  }

  async #send<T extends ObjectAnswer>(
    request: DirectRequest,
    options: SendOptions,
    sendThroughSdk: () => Promise<T>,
  ): Promise<T | ContentsAnswer> {
    if (this.#direct === undefined || (request.body?.byteLength ?? 0) > maxDirectBytes) {
      return await sendThroughSdk();
    }
    const outcome = await this.#direct.send(request, options);
    return outcome === 'unable' || outcome === 'undecided' ? await sendThroughSdk() : outcome;
  }
}

/** The SDK compares it too, but for a body that breaks. */
function checksumIn({ ChecksumCRC32, ChecksumSHA256, ChecksumSHA1 }: GetObjectCommandOutput): ContentsAnswer['checksum'] {
  const sums = { 'x-amz-checksum-crc32': ChecksumCRC32, 'x-amz-checksum-sha256': ChecksumSHA256, 'x-amz-checksum-sha1': ChecksumSHA1 };
  const checksum = checksumOf(sums);
  return checksum === 'unknown' ? undefined : checksum;
}

function toHeaders(input: Partial<Record<keyof typeof headerNames, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(headerNames) as (keyof typeof headerNames)[]) {
    const value = input[name];
    if (value !== undefined) {
      headers[headerNames[name]] = value;
    }
  }
  return headers;
}
