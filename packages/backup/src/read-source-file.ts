import { type AbortOptions, type FileStore, FileStoreError, hasErrorCode, type OpenFile } from '@oh/file-store-core';
import type { BlobWriter } from './blob-writer.ts';
import { type BackupFile, toModifiedAt } from './file-entry.ts';
import { holdsPlainSecret, maySecretsBeIn } from './plain-secrets.ts';
import type { LeftOutFile } from './snapshot-record.ts';
import { statIfThere } from './stat-if-there.ts';

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

/** What reading a file gave. */
export interface SourceRead {
  /** The file; why it is left out; nothing when it is gone. */
  readonly found: BackupFile | LeftOutFile | undefined;
  /** Whether it stood still while it was read. Else it is left out, or may be a mixture, where programs write into files; another try may do better. */
  readonly isSettled: boolean;
}

const gone: SourceRead = { found: undefined, isSettled: true };

/**
 * Keeps one version of a file.
 *
 * @throws What the repository answers; what the source answers when another try may succeed.
 */
export async function readSourceFile(source: FileStore, path: string, writer: BlobWriter, options: ReadSourceOptions): Promise<SourceRead> {
  const { signal, leavesOutSecrets, onPart } = options;
  const opened = await attempt(source.open(path, { signal }));
  if ('error' in opened) {
    return hasErrorCode(opened.error, 'not-found') ? gone : toLeftOut(path, opened.error);
  }
  const file = opened.value;
  try {
    const isSuspect = leavesOutSecrets && maySecretsBeIn(path);
    if (isSuspect && file.info.size > maxSuspectBytes) {
      return { found: { path, reason: 'plain-secret' }, isSettled: true };
    }
    const isWhole = file.info.size <= chunkBytes || isSuspect;
    const kept = isWhole ? await keepWhole(file, writer, { signal, isSuspect }) : await keepParts(file, writer, { signal, onPart });
    if ('error' in kept) {
      return await explain(source, file, kept.error, { signal });
    }
    // Where nothing can be appended, each write makes another file: what was read in one go is one of them.
    const mayBeMixture = !isWhole || source.capabilities.append;
    const now = mayBeMixture ? await versionNow(source, file, { signal }) : undefined;
    return { found: kept.value, isSettled: now === undefined || now === file.info.version };
  } finally {
    await file.close();
  }
}

/** A file that changes under its reader gives errors of many kinds: then it is not for others to wait for. */
async function explain(source: FileStore, file: OpenFile, error: FileStoreError, options: AbortOptions): Promise<SourceRead> {
  const { path, version } = file.info;
  const now = await versionNow(source, file, options);
  if (now === undefined) {
    return gone;
  }
  const isChanged = now !== version || error.code === 'version-mismatch';
  return isChanged ? { found: { path, reason: 'version-mismatch' }, isSettled: false } : toLeftOut(path, error);
}

/** The version that a file has by now; `undefined` when it is gone. */
async function versionNow(source: FileStore, { info }: OpenFile, options: AbortOptions): Promise<string | undefined> {
  try {
    return (await statIfThere(source, info.path, options))?.version;
  } catch {
    options.signal?.throwIfAborted();
    // What cannot be looked at is not known to have changed.
    return info.version;
  }
}

/** @throws What may pass. */
function toLeftOut(path: string, error: FileStoreError): SourceRead {
  if (error.retryable) {
    throw error;
  }
  return { found: { path, reason: error.code }, isSettled: true };
}

/** What the source gave, or why it did not. */
type Attempt<T> = { readonly value: T } | { readonly error: FileStoreError };

/** Tells failures of the source from those of the repository. */
async function attempt<T>(reading: Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await reading };
  } catch (error) {
    if (!(error instanceof FileStoreError) || error.code === 'closed') {
      throw error;
    }
    return { error };
  }
}

async function keepWhole(
  file: OpenFile,
  writer: BlobWriter,
  { signal, isSuspect }: AbortOptions & { readonly isSuspect: boolean },
): Promise<Attempt<BackupFile | LeftOutFile>> {
  const read = await attempt(file.bytes());
  if ('error' in read) {
    return read;
  }
  const bytes = read.value;
  if (isSuspect && holdsPlainSecret(file.info.path, bytes)) {
    return { value: { path: file.info.path, reason: 'plain-secret' } };
  }
  const chunks: string[] = [];
  for (let start = 0; start < bytes.byteLength; start += chunkBytes) {
    const isWhole = bytes.byteLength <= chunkBytes;
    chunks.push(await writer.add(isWhole ? bytes : bytes.subarray(start, start + chunkBytes), { signal }));
  }
  return { value: toBackupFile(file, chunks) };
}

async function keepParts(
  file: OpenFile,
  writer: BlobWriter,
  { signal, onPart }: Omit<ReadSourceOptions, 'leavesOutSecrets'>,
): Promise<Attempt<BackupFile>> {
  const chunks: string[] = [];
  const parts = readParts(file);
  for (;;) {
    const part = await attempt(parts.next());
    if ('error' in part) {
      return part;
    }
    if (part.value.done === true) {
      return { value: toBackupFile(file, chunks) };
    }
    chunks.push(await writer.add(part.value.value, { signal }));
    onPart?.(part.value.value.byteLength);
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
