import { type AbortOptions, type FileStore, FileStoreError, type OpenFile } from '@oh/file-store-core';
import type { BlobWriter } from './blob-writer.ts';
import { type BackupFile, toModifiedAt } from './file-entry.ts';
import { holdsPlainSecret, maySecretsBeIn } from './plain-secrets.ts';
import type { LeftOutFile } from './snapshot-record.ts';

/** Files are kept in parts of so many bytes: of a log that grows the next backup stores its end. */
export const chunkBytes: number = 1024 * 1024;
/** Larger ones are no files of settings or secrets, and cannot be looked into. */
const maxSuspectBytes = 16 * 1024 * 1024;

/** Options of {@link readSourceFile}. */
export interface ReadSourceOptions extends AbortOptions {
  /** Whether files with secrets in clear are left out. */
  readonly leavesOutSecrets: boolean;
  /** Called for each part of a larger file that was kept, with its bytes. */
  readonly onPart?: ((bytes: number) => void) | undefined;
}

/**
 * Keeps one version of a file.
 *
 * @returns The file; why it is left out; nothing when it is gone, or was replaced while it was read.
 * @throws What the repository answers; what the source answers when another try may succeed.
 */
export async function readSourceFile(
  source: FileStore,
  path: string,
  writer: BlobWriter,
  options: ReadSourceOptions,
): Promise<BackupFile | LeftOutFile | undefined> {
  const { signal, leavesOutSecrets, onPart } = options;
  const reading = new SourceReading(path);
  const file = await reading.try(source.open(path, { signal }));
  if (file === undefined) {
    return reading.failure;
  }
  try {
    const isSuspect = leavesOutSecrets && maySecretsBeIn(path);
    if (isSuspect && file.info.size > maxSuspectBytes) {
      return { path, reason: 'plain-secret' };
    }
    return file.info.size <= chunkBytes || isSuspect
      ? await keepWhole(file, reading, writer, { signal, isSuspect })
      : await keepParts(file, reading, writer, { signal, onPart });
  } finally {
    await file.close();
  }
}

async function keepWhole(
  file: OpenFile,
  reading: SourceReading,
  writer: BlobWriter,
  { signal, isSuspect }: AbortOptions & { readonly isSuspect: boolean },
): Promise<BackupFile | LeftOutFile | undefined> {
  const bytes = await reading.try(file.bytes());
  if (bytes === undefined) {
    return reading.failure;
  }
  if (isSuspect && holdsPlainSecret(file.info.path, bytes)) {
    return { path: file.info.path, reason: 'plain-secret' };
  }
  const chunks: string[] = [];
  for (let start = 0; start < bytes.byteLength; start += chunkBytes) {
    const isWhole = bytes.byteLength <= chunkBytes;
    chunks.push(await writer.add(isWhole ? bytes : bytes.subarray(start, start + chunkBytes), { signal }));
  }
  return toBackupFile(file, chunks);
}

async function keepParts(
  file: OpenFile,
  reading: SourceReading,
  writer: BlobWriter,
  { signal, onPart }: Omit<ReadSourceOptions, 'leavesOutSecrets'>,
): Promise<BackupFile | LeftOutFile | undefined> {
  const chunks: string[] = [];
  const parts = readParts(file);
  for (;;) {
    const part = await reading.try(parts.next());
    if (part === undefined) {
      return reading.failure;
    }
    if (part.done === true) {
      return toBackupFile(file, chunks);
    }
    chunks.push(await writer.add(part.value, { signal }));
    onPart?.(part.value.byteLength);
  }
}

/** Tells failures of the source from those of the repository. */
class SourceReading {
  readonly #path: string;
  failure: LeftOutFile | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns Nothing when the file cannot be read; why is then in {@link failure}, unless it is gone. */
  async try<T>(reading: Promise<T>): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof FileStoreError) || error.retryable || error.code === 'closed') {
        throw error;
      }
      const isGone = error.code === 'not-found' || error.code === 'version-mismatch';
      this.failure = isGone ? undefined : { path: this.#path, reason: error.code };
      return undefined;
    }
  }
}

/** The file in parts of {@link chunkBytes}, the last one excepted. */
async function* readParts(file: OpenFile): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of file.stream()) {
    for (let rest = chunk; rest.byteLength > 0; ) {
      const part = rest.subarray(0, chunkBytes - bytes);
      parts.push(part);
      bytes += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (bytes === chunkBytes) {
        yield Buffer.concat(parts);
        parts = [];
        bytes = 0;
      }
    }
  }
  if (bytes > 0) {
    yield Buffer.concat(parts);
  }
}

function toBackupFile({ info }: OpenFile, chunks: readonly string[]): BackupFile {
  const { path, size, modifiedAt, version, contentType, metadata } = info;
  return { path, size, modified_at: toModifiedAt(modifiedAt), version, chunks, content_type: contentType, metadata };
}
