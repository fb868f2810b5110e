import { FileStoreError } from '@oh/file-store-core';
import type { StorageConfig } from './storage-config.ts';

/** The part of a {@link StorageConfig} that says where files lie. */
export type StorePlace = Pick<StorageConfig, 'file_store' | 'file_store_path' | 'file_store_prefix'>;

/** The stores with a bucket, by the scheme of their URLs. */
const bucketSchemes: Readonly<Record<string, string>> = { s3: 's3', gs: 'google_cloud' };

/**
 * Reads a store URL: `local:PATH`, `memory:`, `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, or `NAME:PATH` for a store that was registered.
 *
 * Nothing in it is percent-encoded: what follows is the path or the key as it is.
 *
 * @throws {FileStoreError} `invalid-argument` for what is no store URL. Whether there is a store of that name is asked when it is opened.
 */
export function parseStoreUrl(url: string): StorePlace {
  // One letter is a drive of Windows.
  const [, scheme, rest] = /^([A-Za-z][A-Za-z0-9+._-]+):(.*)$/s.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) {
    throw invalid(`${JSON.stringify(url)} is no store URL; a directory of the local disk is ${JSON.stringify(`local:${url}`)}`);
  }
  const store = Object.hasOwn(bucketSchemes, scheme) ? bucketSchemes[scheme] : undefined;
  if (store !== undefined) {
    return { file_store: store, ...parseBucket(scheme, rest) };
  }
  if (scheme === 'local' && rest === '') {
    throw invalid('"local:" needs a directory; "local:." is the working directory');
  }
  if (scheme === 'memory' && rest !== '') {
    throw invalid('"memory:" is followed by nothing: the store is empty when it is opened');
  }
  return { file_store: scheme, file_store_path: rest === '' ? undefined : rest };
}

function parseBucket(scheme: string, rest: string): StorePlace {
  const [, bucket, prefix = ''] = /^\/\/([^/]+)(?:\/(.*))?$/s.exec(rest) ?? [];
  if (bucket === undefined) {
    throw invalid(`the URL of a bucket is "${scheme}://BUCKET" or "${scheme}://BUCKET/PREFIX"`);
  }
  if (bucket.includes('@')) {
    // Not shown: a password may stand before it.
    throw invalid(`no bucket has a "@" in its name: a URL of "${scheme}:" has no credentials, they come from the environment`);
  }
  return { file_store_path: bucket, file_store_prefix: prefix.replace(/\/+$/, '') || undefined };
}

function invalid(message: string): FileStoreError {
  return new FileStoreError('invalid-argument', message);
}
