import type { IncomingMessage } from 'node:http';

/** The first that fits decides. Paths of Google Cloud Storage's JSON API, without the host. */
const operations: readonly (readonly [method: string, path: RegExp, name: string])[] = [
  ['POST', /^\/batch\/storage\/v1/, 'batch'],
  ['POST', /^\/upload\/storage\/v1\/b\/[^/]+\/o/, 'objects.insert'],
  ['PUT', /^\/upload\/.*[?&]upload_id=/, 'objects.insert.chunk'],
  ['GET', /^(\/download)?\/storage\/v1\/b\/[^/]+\/o\/[^?]+\?(.*&)?alt=media/, 'objects.download'],
  ['POST', /^\/storage\/v1\/b\/[^/]+\/o\/[^/]+\/rewriteTo\//, 'objects.rewrite'],
  ['POST', /^\/storage\/v1\/b\/[^/]+\/o\/[^/]+\/copyTo\//, 'objects.copy'],
  ['POST', /^\/storage\/v1\/b\/[^/]+\/o\/[^/]+\/compose/, 'objects.compose'],
  ['GET', /^\/storage\/v1\/b\/[^/]+\/o\/?(\?|$)/, 'objects.list'],
  ['GET', /^\/storage\/v1\/b\/[^/]+\/o\/./, 'objects.get'],
  ['PATCH', /^\/storage\/v1\/b\/[^/]+\/o\/./, 'objects.patch'],
  ['DELETE', /^\/storage\/v1\/b\/[^/]+\/o\/./, 'objects.delete'],
  ['GET', /^\/storage\/v1\/b\/[^/?]+\/?(\?|$)/, 'buckets.get'],
  ['POST', /^\/storage\/v1\/b\/?(\?|$)/, 'buckets.insert'],
];

/**
 * The name of the JSON API method that a request to Google Cloud Storage asks for, as `objects.insert`; the HTTP method where there is no
 * name here. A download is `objects.download`, a chunk of a resumable upload `objects.insert.chunk`.
 *
 * @see https://cloud.google.com/storage/docs/json_api/v1
 */
export function gcsOperation({ method = '', url = '' }: Pick<IncomingMessage, 'method' | 'url'>): string {
  return operations.find(([each, path]) => each === method && path.test(url))?.[2] ?? method;
}
