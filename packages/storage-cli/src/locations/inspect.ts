import { type AbortOptions, type FileInfo, hasErrorCode } from '@oh/file-store-core';
import type { Location } from './location.ts';

/** What is at a location. */
export type Inspection = { readonly kind: 'file'; readonly info: FileInfo } | { readonly kind: 'directory' } | { readonly kind: 'missing' };

/** Looks what is at a location; where a file lies beside a directory of its name, a slash at the end of the URL means the directory. */
export async function inspect(location: Location, options: AbortOptions): Promise<Inspection> {
  if (location.path === '') {
    return { kind: 'directory' };
  }
  const info = location.wantsDirectory ? undefined : await statOrMissing(location, options);
  if (info !== undefined) {
    return { kind: 'file', info };
  }
  return { kind: location.isDirectory || (await hasEntries(location, options)) ? 'directory' : 'missing' };
}

async function statOrMissing({ store, path }: Location, options: AbortOptions): Promise<FileInfo | undefined> {
  try {
    return await store.stat(path, options);
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

async function hasEntries({ store, path }: Location, options: AbortOptions): Promise<boolean> {
  for await (const _ of store.entries(path, { ...options, limit: 1 })) {
    return true;
  }
  return false;
}
