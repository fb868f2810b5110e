import { describe, expect, it } from 'vitest';
import { gcsOperation, s3Operation } from '../src/index.ts';

describe('s3Operation', () => {
  it.each([
    ['GET', '/b?list-type=2&prefix=a%2F', 'ListObjectsV2'],
    ['GET', '/b/?list-type=2', 'ListObjectsV2'],
    ['GET', '/b?uploads', 'ListMultipartUploads'],
    ['GET', '/b?location', 'GET'],
    ['HEAD', '/b', 'HeadBucket'],
    ['PUT', '/b', 'CreateBucket'],
    ['DELETE', '/b', 'DeleteBucket'],
    ['POST', '/b/?delete=', 'DeleteObjects'],
    ['GET', '/b/a/b?x-id=GetObject', 'GetObject'],
    ['HEAD', '/b/a', 'HeadObject'],
    ['PUT', '/b/a?x-id=PutObject', 'PutObject'],
    ['DELETE', '/b/a?x-id=DeleteObject', 'DeleteObject'],
    ['POST', '/b/a?uploads=', 'CreateMultipartUpload'],
    ['PUT', '/b/a?partNumber=1&uploadId=u', 'UploadPart'],
    ['POST', '/b/a?uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE', '/b/a?uploadId=u', 'AbortMultipartUpload'],
    ['GET', '/b/a?uploadId=u', 'ListParts'],
  ])('names %s %s', (method, url, name) => {
    expect(s3Operation({ method, url, headers: {} })).toBe(name);
  });

  it('names copies by their header', () => {
    const headers = { 'x-amz-copy-source': 'b/a' };
    expect(s3Operation({ method: 'PUT', url: '/b/a', headers })).toBe('CopyObject');
    expect(s3Operation({ method: 'PUT', url: '/b/a?partNumber=1&uploadId=u', headers })).toBe('UploadPartCopy');
  });
});

describe('gcsOperation', () => {
  it.each([
    ['GET', '/storage/v1/b/b/o?prefix=a%2F&alt=media', 'objects.list'],
    ['GET', '/storage/v1/b/b/o/a%2Fb', 'objects.get'],
    ['GET', '/storage/v1/b/b/o/a%2Fb?generation=1&alt=media', 'objects.download'],
    ['GET', '/download/storage/v1/b/b/o/a?alt=media', 'objects.download'],
    ['POST', '/upload/storage/v1/b/b/o?uploadType=multipart&name=a', 'objects.insert'],
    ['PUT', '/upload/resumable/x?uploadType=resumable&upload_id=u', 'objects.insert.chunk'],
    ['POST', '/storage/v1/b/b/o/a/rewriteTo/b/b/o/c', 'objects.rewrite'],
    ['POST', '/storage/v1/b/b/o/a/copyTo/b/b/o/c', 'objects.copy'],
    ['POST', '/storage/v1/b/b/o/a/compose', 'objects.compose'],
    ['PATCH', '/storage/v1/b/b/o/a', 'objects.patch'],
    ['DELETE', '/storage/v1/b/b/o/a?ifGenerationMatch=1', 'objects.delete'],
    ['POST', '/batch/storage/v1', 'batch'],
    ['GET', '/storage/v1/b/b?projection=full', 'buckets.get'],
    ['POST', '/storage/v1/b?project=p', 'buckets.insert'],
    ['GET', '/storage/v1/b/b/iam', 'GET'],
  ])('names %s %s', (method, url, name) => {
    expect(gcsOperation({ method, url })).toBe(name);
  });
});
