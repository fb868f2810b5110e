import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type FileStore, FileStoreError, homeLayout, sessionsLayout, withPrefix } from '@oh/file-store-core';
import { KeyRing } from '@oh/secrets-store';
import { openFileStore, openStorage, type Storage } from '@oh/storage';
import { inspect } from '../locations/inspect.ts';
import { readOnly } from '../locations/read-only.ts';
import { UsageError } from '../usage-error.ts';
import { type FoundStore, findStore } from './find-store.ts';
import { keyWrapper } from './key-wrapper.ts';
import type { OutboxTurns } from './outbox-turns.ts';
import type { StoragesOptions } from './storages.ts';
import type { StorageAccess, StoreOptions } from './store-options.ts';

const layouts = { home: homeLayout, sessions: sessionsLayout } as const;

/**
 * Opens the storage that the options mean.
 *
 * To `read` it nothing in it can be changed, not even an index, and no webhook is opened; to `write` it, a webhook is told of changes, with an outbox apart from
 * those of servers, which commands open one after the other.
 *
 * @throws {FileStoreError} `not-found` when there is no such directory to read, or on the local disk to write; what `OutboxTurns.take` and `openStorage` throw.
 */
export async function openCommandStorage(
  options: StoreOptions,
  access: StorageAccess,
  turns: OutboxTurns,
  parts: StoragesOptions,
): Promise<Storage> {
  const { io, signal } = parts;
  const found = await findStore(options, access, io, signal);
  const opened = await openFiles(found, access, parts);
  const files = access === 'read' ? readOnly(opened) : opened;
  const { file_store_web_hook_url: webHook, ...config } = found.config;
  const outbox = typeof access === 'object' ? access.outbox : ownOutbox();
  const tells = access !== 'read' && webHook !== undefined;
  if (tells) {
    await turns.take(files, outbox);
  }
  return await openStorage(tells ? { ...config, file_store_web_hook_url: webHook } : config, {
    files,
    userId: found.user,
    layout: found.layout && layouts[found.layout],
    keys: new KeyRing({ files, wrapper: keyWrapper(io.env) }),
    env: io.env,
    instance: outbox,
    signal,
  });
}

/** Apart from that of a server on this computer, which would make no more changes when it is taken over. */
function ownOutbox(): string {
  return `${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-cli`;
}

async function openFiles(
  { url, namedBy, config }: FoundStore,
  access: StorageAccess,
  { io, locations, signal }: StoragesOptions,
): Promise<FileStore> {
  if (url !== undefined) {
    // Who has not just written the URL has to know where it stands.
    const by = namedBy === '--store' ? '' : `, named by ${namedBy}`;
    const location = await locations.open(url).catch((error: unknown) => {
      throw error instanceof UsageError && by !== '' ? new UsageError(`the store URL${by}: ${error.reason}`) : error;
    });
    const { kind } = await inspect(location, { signal });
    // In a bucket a directory begins with its first file; on a disk a name that is written wrong is found.
    const begins = kind === 'missing' && access !== 'read' && !location.address.startsWith('local:');
    if (kind !== 'directory' && !begins) {
      throw new FileStoreError('not-found', `no such directory: ${JSON.stringify(url)}${by}`, { path: location.path });
    }
    return withPrefix(location.store, location.path);
  }
  const { file_store, file_store_path = '', file_store_prefix } = config;
  if (access === 'read' && file_store === 'local' && !(await isDirectory(file_store_path))) {
    const advice = 'say where the store is with --store URL, OH_STORAGE_URL or --config';
    throw new FileStoreError('not-found', `there is no store at ${JSON.stringify(file_store_path)}; ${advice}`);
  }
  const storeKey = `${file_store}:${file_store_path}/${file_store_prefix}`;
  return await locations.openStore({ storeKey, openStore: () => openFileStore(config, { env: io.env, signal }) });
}

/** What cannot be looked at is for the store to report. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
