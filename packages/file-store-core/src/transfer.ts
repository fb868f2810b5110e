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
    const contents = opened.body instanceof Uint8Array ? opened.body : file.stream();
    const { contentType, metadata } = file.info;
    const written = await driver.write(to, contents, { ...options, contentType, metadata });
    if (operation === 'move') {
      await deleteMoved(driver, from, file.info);
    }
    return written;
  } finally {
    await file.close();
  }
}

/** Somebody may have written `from` anew meanwhile: that file is not ours to delete. No abort any more: the copy is there. */
async function deleteMoved(driver: FileStoreDriver, from: string, info: FileInfo): Promise<void> {
  try {
    await driver.delete(from, deletesByVersion(driver.capabilities) ? { ifVersion: info.version } : {});
  } catch (error) {
    if (!hasErrorCode(error, 'version-mismatch')) {
      throw error;
    }
  }
}
