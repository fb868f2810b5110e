import type {
  AppendOptions,
  ByteRange,
  DeleteOptions,
  EntriesOptions,
  FileStoreCapabilities,
  WriteCondition,
  WriteOptions,
} from './file-store.ts';
import { FileStoreError } from './file-store-error.ts';
import { normalizePath } from './normalize-path.ts';

/** Bytes of all keys and values together: the limit of S3. */
const maxMetadataBytes = 2048;

/** Refuses conditions that contradict each other or that the store cannot hold. */
export function checkCondition(path: string, { ifAbsent, ifVersion }: WriteCondition, capabilities: FileStoreCapabilities): void {
  if (ifVersion !== undefined && (typeof ifVersion !== 'string' || ifVersion === '')) {
    throw invalid(path, 'ifVersion is a version that the store gave');
  }
  if (ifAbsent !== undefined && typeof ifAbsent !== 'boolean') {
    throw invalid(path, 'ifAbsent is true or false');
  }
  if (ifAbsent === true && ifVersion !== undefined) {
    throw invalid(path, 'ifAbsent and ifVersion exclude each other');
  }
  if ((ifAbsent === true || ifVersion !== undefined) && !capabilities.conditions) {
    throw unsupported(path, 'ifAbsent and ifVersion');
  }
}

/** Refuses a condition of `delete` that the store cannot hold. */
export function checkDeleteOptions(path: string, options: DeleteOptions, capabilities: FileStoreCapabilities): void {
  checkCondition(path, options, capabilities);
  if (options.ifVersion !== undefined && !deletesByVersion(capabilities)) {
    throw unsupported(path, 'delete with ifVersion');
  }
}

/** Whether `delete` takes `ifVersion`. */
export function deletesByVersion({ conditions, conditionalDelete = conditions }: FileStoreCapabilities): boolean {
  return conditionalDelete;
}

/** Refuses what `write` cannot keep. */
export function checkWriteOptions(path: string, options: WriteOptions, capabilities: FileStoreCapabilities): void {
  checkCondition(path, options, capabilities);
  if ((options.contentType !== undefined || options.metadata !== undefined) && !capabilities.metadata) {
    throw unsupported(path, 'contentType and metadata');
  }
  if (options.contentType !== undefined && !isContentType(options.contentType)) {
    throw invalid(path, 'contentType is 1 to 255 printable ASCII characters');
  }
  if (options.metadata !== undefined) {
    checkMetadata(path, options.metadata);
  }
}

/** Not of another type, which the expression would take for its text, and a reader for damage. */
function isContentType(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^[\x20-\x7e]{1,255}$/.test(contentType);
}

function checkMetadata(path: string, metadata: Readonly<Record<string, string>>): void {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw invalid(path, 'metadata is an object of texts');
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata)) {
    if (!/^[a-z0-9][a-z0-9_-]*$/.test(key)) {
      throw invalid(path, `metadata key ${JSON.stringify(key)} is not lower-case letters, digits, "-" and "_"`);
    }
    if (typeof value !== 'string' || !value.isWellFormed() || /\p{Cc}/u.test(value)) {
      throw invalid(path, `metadata value of ${JSON.stringify(key)} is not text without control characters`);
    }
    bytes += key.length + Buffer.byteLength(value);
  }
  if (bytes > maxMetadataBytes) {
    throw invalid(path, `metadata has ${bytes} bytes, more than ${maxMetadataBytes}`);
  }
}

/** Refuses what `append` cannot honour. */
export function checkAppendOptions(path: string, options: AppendOptions, capabilities: FileStoreCapabilities): void {
  if (!capabilities.append) {
    throw unsupported(path, 'append');
  }
  checkCondition(path, options, capabilities);
  if (options.ifSize !== undefined && !isCount(options.ifSize)) {
    throw invalid(path, 'ifSize is a size in bytes');
  }
}

/** Refuses a range that is none. */
export function checkRange(path: string, range: ByteRange | undefined): void {
  const { start = 0, end = start } = range ?? {};
  if (!isCount(start) || !isCount(end) || end < start) {
    throw invalid(path, 'a range has whole numbers 0 <= start <= end');
  }
}

/** The options of a listing as a driver takes them. */
export function toDriverEntriesOptions(
  path: string,
  options: EntriesOptions,
): { recursive: boolean; startAfter: string | undefined; limit: number; signal: AbortSignal | undefined } {
  const { recursive = false, startAfter, limit = Number.POSITIVE_INFINITY, signal } = options;
  if (limit !== Number.POSITIVE_INFINITY && !isCount(limit)) {
    throw invalid(path, 'limit is a whole number from 0');
  }
  return { recursive, startAfter: startAfter === undefined ? undefined : normalizeStartAfter(startAfter), limit, signal };
}

/** A directory's entry keeps its slash, so that what a listing gave can be handed back. */
function normalizeStartAfter(startAfter: string): string {
  const normalized = normalizePath(startAfter);
  return normalized !== '' && startAfter.endsWith('/') ? `${normalized}/` : normalized;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function invalid(path: string, why: string): FileStoreError {
  return new FileStoreError('invalid-argument', `${why} (for ${JSON.stringify(path)})`, { path });
}

function unsupported(path: string, what: string): FileStoreError {
  return new FileStoreError('unsupported', `this store does not support ${what} (for ${JSON.stringify(path)})`, { path });
}
