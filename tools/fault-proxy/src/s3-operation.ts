import type { IncomingMessage } from 'node:http';

type Request = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/**
 * The name of the S3 operation that a request with its bucket in the path asks for, as `PutObject`; the method where there is no name here.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export function s3Operation({ method = '', url = '', headers }: Request): string {
  const { pathname, searchParams } = new URL(url, 'http://proxy');
  const isObject = /^\/[^/]+\/./.test(pathname);
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  return (isObject ? objectOperation(method, searchParams, isCopy) : bucketOperation(method, searchParams)) ?? method;
}

function objectOperation(method: string, query: URLSearchParams, isCopy: boolean): string | undefined {
  const isUpload = query.has('uploadId');
  const names: Readonly<Record<string, string>> = {
    GET: isUpload ? 'ListParts' : 'GetObject',
    HEAD: 'HeadObject',
    PUT: `${isUpload ? 'UploadPart' : isCopy ? 'CopyObject' : 'PutObject'}${isUpload && isCopy ? 'Copy' : ''}`,
    DELETE: isUpload ? 'AbortMultipartUpload' : 'DeleteObject',
    POST: isUpload ? 'CompleteMultipartUpload' : 'CreateMultipartUpload',
  };
  return names[method];
}

function bucketOperation(method: string, query: URLSearchParams): string | undefined {
  const names: Readonly<Record<string, string | undefined>> = {
    GET: query.has('uploads') ? 'ListMultipartUploads' : query.get('list-type') === '2' ? 'ListObjectsV2' : undefined,
    HEAD: 'HeadBucket',
    PUT: query.size === 0 ? 'CreateBucket' : undefined,
    DELETE: query.size === 0 ? 'DeleteBucket' : undefined,
    POST: query.has('delete') ? 'DeleteObjects' : undefined,
  };
  return names[method];
}
