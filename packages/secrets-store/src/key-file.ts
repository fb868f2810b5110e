import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { constants, type FileHandle, link, mkdir, open, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type AbortOptions, FileStoreError, isError } from '@oh/file-store-core';
import { decrypt, encrypt } from './aes-gcm.ts';
import { decodeBase64Url } from './base64url.ts';
import { encodeContext } from './encode-context.ts';
import type { KeyWrapper } from './key-wrapper.ts';

const header = 'oh-key-file-v1';
const keyBytes = 32;
const maxFileBytes = 1024;
const wrapContext = encodeContext(['oh-secrets-store key file']);

/** Options of {@link KeyFile}. */
export interface KeyFileOptions {
  /** Where it is; outside the folder with the secrets. Default: `oh-storage/key` in `$XDG_CONFIG_HOME`, or in `~/.config`; `invalid-argument` where `HOME` is no absolute path. */
  readonly path?: string | undefined;
}

/**
 * Protects keys by a file on the local disk, which is made with 256 random bits and permissions 0600 when it is first needed.
 *
 * Keep it apart from the data: who has both has the secrets, and a backup of the data without it is worth nothing. It is made once, also when several
 * processes want it at the same time, and never changed. One that others may read is refused.
 */
export class KeyFile implements KeyWrapper {
  readonly kind = 'key-file';
  readonly #path: () => string;

  constructor({ path }: KeyFileOptions = {}) {
    this.#path = () => (path === undefined ? defaultPath() : resolve(path));
  }

  async wrap(key: Uint8Array, { signal }: AbortOptions = {}): Promise<string> {
    signal?.throwIfAborted();
    const path = this.#path();
    const fileKey = (await readKey(path)) ?? (await makeKey(path));
    signal?.throwIfAborted();
    return encrypt(fileKey, key, wrapContext).toString('base64url');
  }

  async unwrap(wrapped: string, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const path = this.#path();
    const fileKey = await readKey(path);
    signal?.throwIfAborted();
    if (fileKey === undefined) {
      throw new FileStoreError(
        'permission-denied',
        `no key: there is no key file "${path}"; bring back the one the secrets were stored with`,
      );
    }
    const key = decrypt(fileKey, decodeBase64Url(wrapped) ?? Buffer.alloc(0), wrapContext);
    if (key === undefined) {
      throw new FileStoreError('permission-denied', `the key file "${path}" is not the one the secrets were stored with`);
    }
    return key;
  }
}

function defaultPath(): string {
  const directory = process.env['XDG_CONFIG_HOME'] ?? '';
  // The specification has relative ones ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (isAbsolute(directory)) {
    return join(directory, 'oh-storage', 'key');
  }
  const home = homedir();
  if (!isAbsolute(home)) {
    throw new FileStoreError('invalid-argument', 'the key file lies in the home directory, and the variable HOME is no absolute path');
  }
  return join(home, '.config', 'oh-storage', 'key');
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw toError(error, path, 'read');
  }
  try {
    await checkPermissions(file, path);
    return parseKey(await file.readFile({ encoding: 'latin1' }), path);
  } finally {
    await file.close();
  }
}

async function checkPermissions(file: FileHandle, path: string): Promise<void> {
  const stats = await file.stat();
  if (!stats.isFile() || stats.size > maxFileBytes) {
    throw new FileStoreError('corrupt', `"${path}" is no key file`);
  }
  // Windows has no such permissions.
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    const shown = (stats.mode & 0o777).toString(8).padStart(4, '0');
    throw new FileStoreError(
      'permission-denied',
      `others may read or change the key file "${path}" (mode ${shown}); run: chmod 600 "${path}"`,
    );
  }
}

function parseKey(text: string, path: string): KeyObject {
  const [, encoded = ''] = /^oh-key-file-v1 ([A-Za-z0-9_-]+)\n?$/.exec(text) ?? [];
  const key = decodeBase64Url(encoded);
  if (key?.length !== keyBytes) {
    throw new FileStoreError('corrupt', `"${path}" is no key file; bring it back from a backup`);
  }
  return createSecretKey(key);
}

/** Whole or not at all: written under another name first. Of racing processes one makes it, and all use that one. */
async function makeKey(path: string): Promise<KeyObject> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeDurably(temporary, `${header} ${randomBytes(keyBytes).toString('base64url')}\n`);
    await link(temporary, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') {
        throw error;
      }
    });
    await rm(temporary);
    await syncDirectories(dirname(path), made);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toError(error, path, 'make');
  }
  const key = await readKey(path);
  if (key === undefined) {
    throw new FileStoreError('unavailable', `the key file "${path}" was made and is gone`);
  }
  return key;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * A key that is lost in a power cut takes everything with it that was stored with it.
 *
 * @param made The first of the directories that were made for it, whose names are in those above; `undefined` for none.
 */
async function syncDirectories(directory: string, made: string | undefined): Promise<void> {
  await syncDirectory(directory);
  for (let each = directory; made !== undefined && each.length >= made.length; each = dirname(each)) {
    await syncDirectory(dirname(each));
  }
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function toError(cause: unknown, path: string, verb: string): FileStoreError {
  const code = codeOf(cause);
  const isDenied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new FileStoreError(
    isDenied ? 'permission-denied' : 'unknown',
    `cannot ${verb} the key file "${path}": ${code ?? 'no reason told'}`,
    { cause },
  );
}

function codeOf(error: unknown): string | undefined {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
