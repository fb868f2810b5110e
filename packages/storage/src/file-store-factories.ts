import { type AbortOptions, type FileStore, FileStoreError, MemoryFileStore, normalizePath } from '@oh/file-store-core';
import { toMissingPackage } from './missing-package.ts';
import { refuseWrongOptions } from './refuse-wrong-options.ts';
import type { Environment } from './storage-config.ts';
import { suggest } from './suggest.ts';

/** What a {@link FileStoreFactory} opens. */
export interface FileStoreRequest extends AbortOptions {
  /** `file_store_path`: a directory, a bucket. */
  readonly path: string | undefined;
  /** `file_store_prefix`: the directory in it that is the root of the store. */
  readonly prefix: string | undefined;
  /** Variables, such as `process.env`. */
  readonly env: Environment;
}

/** Opens a file store; whoever asked for it closes it. */
export type FileStoreFactory = (request: FileStoreRequest) => FileStore | Promise<FileStore>;

const factories = new Map<string, FileStoreFactory>([
  ['local', openLocal],
  ['memory', () => new MemoryFileStore()],
  ['s3', openS3],
  ['google_cloud', openGoogleCloud],
]);

/**
 * Gives a file store a name, for `file_store` and for store URLs: `azure`, `azure:container`.
 *
 * @param name Two characters or more of `a-z 0-9 _ -`, the first a letter.
 * @throws {FileStoreError} `invalid-argument` for another name; `already-exists` when it is taken.
 */
export function registerFileStore(name: string, factory: FileStoreFactory): void {
  if (!/^[a-z][a-z0-9_-]+$/.test(name)) {
    throw new FileStoreError(
      'invalid-argument',
      `${JSON.stringify(name)} is no name of a file store: two characters or more of a-z 0-9 _ -`,
    );
  }
  if (factories.has(name) || name === 'gs') {
    throw new FileStoreError('already-exists', `there is a file store with the name "${name}"`);
  }
  factories.set(name, factory);
}

/** @throws {FileStoreError} `invalid-argument`, with the name that was probably meant and all there are. */
export function factoryOf(name: string): FileStoreFactory {
  const factory = factories.get(name);
  if (factory === undefined) {
    const known = [...factories.keys()];
    const message = `unknown file store ${JSON.stringify(name)}${suggest(name, known)} (known are ${known.join(', ')})`;
    throw new FileStoreError('invalid-argument', message);
  }
  return factory;
}

async function openLocal({ path = '~/.openhands', prefix }: FileStoreRequest): Promise<FileStore> {
  const root = prefix === undefined ? path : `${path}/${normalizePath(prefix)}`;
  const { LocalFileStore } = await importLocal();
  return refuseWrongOptions('the file store "local"', () => new LocalFileStore({ root }));
}

async function openS3({ path, prefix, env }: FileStoreRequest): Promise<FileStore> {
  const { s3FileStoreFromEnv } = await importS3();
  return refuseWrongOptions('the file store "s3"', () => s3FileStoreFromEnv(path, env, { prefix }));
}

async function openGoogleCloud({ path, prefix, env }: FileStoreRequest): Promise<FileStore> {
  const { googleCloudFileStoreFromEnv } = await importGoogleCloud();
  return refuseWrongOptions('the file store "google_cloud"', () => googleCloudFileStoreFromEnv(path, env, { prefix }));
}

async function importLocal() {
  try {
    return await import('@oh/file-store-local');
  } catch (error) {
    throw toMissingPackage(error, 'the file store "local"', '@oh/file-store-local');
  }
}

async function importS3() {
  try {
    return await import('@oh/file-store-s3');
  } catch (error) {
    throw toMissingPackage(error, 'the file store "s3"', '@oh/file-store-s3 @aws-sdk/client-s3');
  }
}

async function importGoogleCloud() {
  try {
    return await import('@oh/file-store-gcs');
  } catch (error) {
    throw toMissingPackage(error, 'the file store "google_cloud"', '@oh/file-store-gcs @google-cloud/storage');
  }
}
