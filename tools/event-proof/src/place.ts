import type { FileStore } from '@oh/file-store-core';
import { GoogleCloudFileStore } from '@oh/file-store-gcs';
import { LocalFileStore } from '@oh/file-store-local';
import { S3FileStore } from '@oh/file-store-s3';

/** Where the log lies, in a form that a process can be told. */
export type Place =
  | { readonly kind: 'local'; readonly root: string }
  | {
      readonly kind: 's3';
      readonly endpoint: string;
      readonly region: string;
      readonly bucket: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    }
  | { readonly kind: 'gcs'; readonly endpoint: string; readonly bucket: string };

/** The conversation whose log it is. */
export const conversationId = 'proof';

/** Opens the files of a place. Kills prove nothing about fsync, so that the local ones go without. */
export function openPlace(place: Place): FileStore {
  switch (place.kind) {
    case 'local':
      return new LocalFileStore({ root: place.root, durability: 'atomic' });
    case 's3': {
      const { endpoint, region, bucket, accessKeyId, secretAccessKey } = place;
      return new S3FileStore({ endpoint, region, bucket, credentials: { accessKeyId, secretAccessKey } });
    }
    case 'gcs':
      return new GoogleCloudFileStore({ apiEndpoint: place.endpoint, bucket: place.bucket });
  }
}
