import { abortable } from './abort.ts';
import { BodyReader } from './body-reader.ts';
import type { CopyOptions, FileInfo } from './file-store.ts';
import type { FileStoreDriver } from './file-store-driver.ts';
import { FileStoreError, hasErrorCode } from './file-store-error.ts';
import { deletesByVersion } from './write-options.ts';

/** Copies or moves a file to itself: it is where it should be, and only the condition is left to check. */
export async function transferToItself(driver: FileStoreDriver, path: string, options: CopyOptions): Promise<FileInfo> {
  const info = await driver.stat(path, options);
  if (options.ifAbsent === true) {
    throw new FileStoreError('already-exists', `${JSON.stringify(path)} is already there`, { path });
  }
  if (options.ifVersion !== undefined && options.ifVersion !== info.version) {
    throw new FileStoreError('version-mismatch', `${JSON.stringify(path)} has another version`, { path });
  }
  return info;
}

/** Copies or moves by reading and writing, where the backend cannot do it inside. */
export async function transferThroughCore(
  driver: FileStoreDriver,
  operation: 'copy' | 'move',
  from: string,
  to: string,
  options: CopyOptions,
): Promise<FileInfo> {
  const opened = await driver.read(from, options);
  const file = new BodyReader(opened, { signal: options.signal }, () => undefined);
  try {
    if (operation === 'move') {
      await checkAlone(driver, from, to, options.signal);
    }
    const contents = opened.body instanceof Uint8Array ? opened.body : file.stream();
    const { contentType, metadata, version } = file.info;
    const written = await driver.write(to, contents, { ...options, contentType, metadata });
    if (operation === 'move') {
      await deleteMoved(driver, from, to, version);
    }
    return written;
  } finally {
    await file.close();
  }
}

/** Somebody may have written `from` anew meanwhile: that file is not ours to delete. No abort any more: the copy is there. */
async function deleteMoved(driver: FileStoreDriver, from: string, to: string, version: string): Promise<void> {
  try {
    if (deletesByVersion(driver.capabilities)) {
      await driver.delete(from, { ifVersion: version });
    } else if ((await driver.stat(from, {})).version === version) {
      await checkAlone(driver, from, to, undefined);
      await driver.delete(from, {});
    }
  } catch (error) {
    if (!hasErrorCode(error, 'version-mismatch') && !hasErrorCode(error, 'not-found')) {
      throw error;
    }
  }
}

/** A deletion without a condition takes what lies below a path too. @throws {FileStoreError} `unsupported` when a moved file can be deleted only so, and not alone. */
async function checkAlone(driver: FileStoreDriver, from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  const { capabilities } = driver;
  if (deletesByVersion(capabilities) || !capabilities.fileBesideDirectory) {
    return;
  }
  if (to.startsWith(`${from}/`) || (await hasBelow(driver, from, signal))) {
    const message = `${JSON.stringify(from)} cannot be moved: this store would delete what lies below it too; copy it instead`;
    throw new FileStoreError('unsupported', message, { path: from });
  }
}

async function hasBelow(driver: FileStoreDriver, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  for await (const _ of abortable(driver.entries(path, { recursive: true, startAfter: undefined, limit: 1, signal }), signal)) {
    return true;
  }
  return false;
}
