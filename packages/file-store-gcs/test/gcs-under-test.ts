import { randomUUID } from 'node:crypto';
import { createFileStore, type FileStore } from '@oh/file-store-core';
import { type GcsServer, gcsSource, type ServerSource, startFakeGcs } from '@oh-tools/servers';
import { GcsDriver } from '../src/gcs-driver.ts';
import { GcsKeys } from '../src/gcs-keys.ts';
import { GoogleCloudFileStore, type GoogleCloudFileStoreOptions } from '../src/index.ts';

/** For what only an emulator lets a test do: the server under test, unless that is Google. */
export const emulatorSource: ServerSource<GcsServer> = {
  ...gcsSource,
  start: async () => (isGoogle(process.env['OH_TEST_GCS_ENDPOINT']) ? await startFakeGcs() : await gcsSource.start()),
};

function isGoogle(url: string | undefined): boolean {
  return url !== undefined && new URL(url).hostname.endsWith('.googleapis.com');
}

/** Where a store of its own has its files. */
export interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** A place with nothing in it: a bucket of its own on an emulator, which reads a whole bucket in every request. */
export async function newPlace({ endpoint, bucket }: GcsServer): Promise<Place> {
  return isGoogle(endpoint) ? { bucket, prefix: randomUUID() } : { bucket: await newBucket(endpoint), prefix: '' };
}

/** Makes an empty bucket in an emulator. */
export async function newBucket(endpoint: string): Promise<string> {
  const name = `oh-${randomUUID()}`;
  const response = await fetch(`${endpoint}/storage/v1/b?project=test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) {
    throw new Error(`no bucket at ${endpoint}: ${response.status} ${await response.text()}`);
  }
  return name;
}

/** A store at an address. */
export function openAt(apiEndpoint: string, bucket: string, options: Partial<GoogleCloudFileStoreOptions> = {}): FileStore {
  return new GoogleCloudFileStore({ ...options, apiEndpoint, bucket });
}

/** A store that does at `url` what it does at Google's own address. */
export function openAsGoogle(
  url: string,
  bucket: string,
  options: { readonly maxAttempts?: number; readonly timeoutMs?: number } = {},
): FileStore {
  return createFileStore(
    new GcsDriver({
      keys: new GcsKeys(bucket, ''),
      endpoint: { url, isGoogle: true, authorize: async () => ({}) },
      maxAttempts: options.maxAttempts ?? 6,
      timeoutMs: options.timeoutMs ?? 30_000,
    }),
  );
}

/** An object as another program would make it. */
export interface ForeignObject {
  readonly bucket: string;
  readonly key: string;
  readonly contents: string | Uint8Array;
  /** Fields of the object: metadata, content encoding. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Puts an object there. */
export async function putForeign(endpoint: string, { bucket, key, contents, fields = {} }: ForeignObject): Promise<void> {
  const head = `--foreign\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(fields)}\r\n--foreign\r\ncontent-type: text/plain\r\n\r\n`;
  const response = await fetch(`${endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=multipart&name=${encodeURIComponent(key)}`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/related; boundary=foreign' },
    body: Buffer.concat([Buffer.from(head), Buffer.from(contents), Buffer.from('\r\n--foreign--\r\n')]),
  });
  if (!response.ok) {
    throw new Error(await response.text());
  }
}

/** The names of all objects in a bucket. */
export async function listKeys(endpoint: string, bucket: string): Promise<readonly string[]> {
  const response = await fetch(`${endpoint}/storage/v1/b/${bucket}/o`);
  const { items = [] } = (await response.json()) as { items?: readonly { readonly name: string }[] };
  return items.map(({ name }) => name);
}
