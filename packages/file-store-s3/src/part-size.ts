/** Size of the first parts: at least 5 MiB. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const firstPartBytes: number = 8 * 1024 * 1024;

/** Parts of one size at first, which is 31 GiB: some servers take no others. @see https://developers.cloudflare.com/r2/objects/multipart-objects */
const equalParts = 4000;

/** From then on parts are twice as large after so many each: the 10,000 that S3 allows hold the 5 TiB of a file, and none has more than the 5 GiB of a part. */
const partsOfOneSize = 666;

/** How large a part of contents of unknown length is. @param number From 1. */
export function bytesOfPart(number: number): number {
  return firstPartBytes * 2 ** Math.max(0, Math.ceil((number - equalParts) / partsOfOneSize));
}
