import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import { cleanUpMs, type S3Bucket, type S3Call } from './s3-bucket.ts';
import { untilAborted } from './until-aborted.ts';

/** An upload in parts that the server knows. */
export interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

/** How often an upload is aborted: a part that is under way may come in afterwards. */
const maxAborts = 3;

/**
 * Begins an upload.
 *
 * One whose id is never learned could not be aborted: the request keeps an abort waiting as long as cleaning up may, and then closing once more.
 */
export async function beginUpload(
  bucket: S3Bucket,
  input: CreateMultipartUploadCommandInput & Pick<Upload, 'Bucket' | 'Key'>,
  { action, path, signal }: S3Call,
): Promise<Upload> {
  const { Bucket, Key } = input;
  const limit = new AbortController();
  const creating = bucket.call({ action, path, signal: limit.signal }, async (client, options) => {
    const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(input), options);
    return { Bucket, Key, UploadId };
  });
  bucket.inBackground(creating);
  try {
    return await untilAborted(creating, signal, cleanUpMs);
  } catch (error) {
    const timer = setTimeout(() => limit.abort(error), cleanUpMs);
    const cleanUp = creating.then((upload) => abortUpload(bucket, upload, path)).finally(() => clearTimeout(timer));
    bucket.inBackground(cleanUp).catch(() => undefined);
    throw error;
  }
}

/** Takes an upload back that is not to be completed. Nothing more can be done when this fails, and the caller is told why the upload did. */
export async function abortUpload(bucket: S3Bucket, upload: Upload, path: string): Promise<void> {
  const call = { action: 'clean up after', path, signal: AbortSignal.timeout(cleanUpMs) };
  try {
    for (let attempt = 1; attempt <= maxAborts; attempt += 1) {
      await bucket.call(call, (client, options) => client.send(new AbortMultipartUploadCommand(upload), options));
      await bucket.call(call, (client, options) => client.send(new ListPartsCommand(upload), options));
    }
  } catch {
    // `NoSuchUpload` is what is hoped for; anything else is left to the bucket's life-cycle rule.
  }
}
