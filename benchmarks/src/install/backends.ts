/** A way to use one backend. */
export interface BackendUse {
  readonly library: string;
  /** What is installed, by its documentation; versions are those of `package.json`, or written here. */
  readonly packages: readonly string[];
  /** What a program then imports. */
  readonly modules: readonly string[];
}

/** One backend, ours first, and who has none for it. */
export interface Backend {
  readonly name: string;
  readonly ours: BackendUse;
  readonly others: readonly BackendUse[];
  readonly without?: string | undefined;
}

const opendal: BackendUse = { library: 'opendal', packages: ['opendal'], modules: ['opendal'] };

/** "One backend only": the packages that an application installs that stores files in one kind of place. */
export const backends: readonly Backend[] = [
  {
    name: 'local files',
    ours: { library: 'ours', packages: ['@oh/file-store-core', '@oh/file-store-local'], modules: ['@oh/file-store-local'] },
    others: [
      { library: 'unstorage', packages: ['unstorage'], modules: ['unstorage', 'unstorage/drivers/fs'] },
      { library: 'flydrive', packages: ['flydrive'], modules: ['flydrive', 'flydrive/drivers/fs'] },
      {
        library: 'flystorage',
        packages: ['@flystorage/file-storage', '@flystorage/local-fs'],
        modules: ['@flystorage/file-storage', '@flystorage/local-fs'],
      },
      { library: 'files-sdk', packages: ['files-sdk'], modules: ['files-sdk', 'files-sdk/fs'] },
      opendal,
    ],
  },
  {
    name: 'S3',
    ours: { library: 'ours', packages: ['@oh/file-store-core', '@oh/file-store-s3'], modules: ['@oh/file-store-s3'] },
    others: [
      { library: 'unstorage', packages: ['unstorage', 'aws4fetch@1.0.20'], modules: ['unstorage', 'unstorage/drivers/s3'] },
      {
        library: 'flydrive',
        packages: ['flydrive', '@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner@3.1169.0'],
        modules: ['flydrive', 'flydrive/drivers/s3'],
      },
      {
        library: 'flystorage',
        packages: ['@flystorage/file-storage', '@flystorage/aws-s3@1.2.0'],
        modules: ['@flystorage/file-storage', '@flystorage/aws-s3'],
      },
      {
        library: 'files-sdk',
        packages: ['files-sdk', '@aws-sdk/client-s3', '@aws-sdk/s3-presigned-post@3', '@aws-sdk/s3-request-presigner@3.1169.0'],
        modules: ['files-sdk', 'files-sdk/s3'],
      },
      opendal,
      { library: 'minio', packages: ['minio'], modules: ['minio'] },
      { library: 's3mini', packages: ['s3mini'], modules: ['s3mini'] },
    ],
  },
  {
    name: 'Google Cloud Storage',
    ours: { library: 'ours', packages: ['@oh/file-store-core', '@oh/file-store-gcs'], modules: ['@oh/file-store-gcs'] },
    others: [
      { library: 'flydrive', packages: ['flydrive', '@google-cloud/storage@7.22.0'], modules: ['flydrive', 'flydrive/drivers/gcs'] },
      { library: 'files-sdk', packages: ['files-sdk', '@google-cloud/storage'], modules: ['files-sdk', 'files-sdk/gcs'] },
      opendal,
    ],
    without: 'unstorage has no driver for it; flystorage has a package for it that the registry does not have here',
  },
];
