import { getSystemErrorName } from 'node:util';
import { FileStoreError } from '@oh/file-store-core';

/** `LOCK_EX | LOCK_NB`: takes the exclusive lock, or fails at once; the numbers are the same on Linux, macOS and the BSDs. @see flock(2) */
export const lockAtOnce: number = 2 | 4;

/** `LOCK_UN` */
export const unlock = 8;

/** The system call. @returns The name of the error, such as `EAGAIN`; `undefined` when it succeeded. */
export type Flock = (fd: number, operation: number) => string | undefined;

let loaded: Flock | undefined;

/**
 * Loads the system call `flock`, which Node does not have, through the optional package `koffi`.
 *
 * @throws {FileStoreError} `unsupported` on Windows, which has no `flock`, and where `koffi` cannot be loaded.
 */
export async function loadFlock(platform: NodeJS.Platform = process.platform): Promise<Flock> {
  if (platform === 'win32') {
    throw new FileStoreError('unsupported', 'Windows has no flock, so that no lock can be shared with other programs there');
  }
  loaded ??= await loadWithKoffi();
  return loaded;
}

async function loadWithKoffi(): Promise<Flock> {
  const koffi = await importKoffi();
  // `dlopen(NULL)`: the C library that runs this process, whatever its name is (glibc, musl, macOS).
  const flock: (fd: number, operation: number) => number = koffi.load(null).func('flock', 'int', ['int', 'int']);
  return (fd, operation) => (flock(fd, operation) === 0 ? undefined : getSystemErrorName(-koffi.errno()));
}

async function importKoffi(): Promise<typeof import('koffi')> {
  try {
    return await import('koffi');
  } catch (cause) {
    const message = 'locks shared with other programs need the package koffi, which cannot be loaded; run: npm install koffi';
    throw new FileStoreError('unsupported', message, { cause });
  }
}
