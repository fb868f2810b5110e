import { hostname } from 'node:os';
import { type FileStore, parseId, withPrefix } from '@oh/file-store-core';
import { toMissingPackage } from './missing-package.ts';
import { refuseWrongOptions } from './refuse-wrong-options.ts';
import type { WebHookStore } from './storage.ts';
import { exposeText, type HiddenText, type StorageConfig } from './storage-config.ts';

/** The directory with the outboxes, each for one process at a time. */
export const outboxDirectory = '.oh-outbox';

/**
 * Tells the webhook that is configured of the changes of a store.
 *
 * @param instance Names the outbox, which is kept in the store itself. Default: the name of the host.
 * @returns `undefined` where no webhook is configured. Closing it leaves `files` open.
 * @throws {FileStoreError} `invalid-argument` for a URL or headers that none has; `unsupported` when its package is not installed.
 */
export async function openWebHook(
  files: FileStore,
  config: StorageConfig,
  instance: string | undefined,
): Promise<WebHookStore | undefined> {
  const { file_store_web_hook_url: baseUrl, file_store_web_hook_headers: given, file_store_web_hook_batch: isBatched = false } = config;
  if (baseUrl === undefined) {
    return undefined;
  }
  const webHooks = await importWebHook();
  const outbox = withPrefix(files, `${outboxDirectory}/${parseId(instance ?? hostname(), 'instance')}`);
  const options = { baseUrl, headers: given && exposeHeaders(given), outbox };
  const WebHook = isBatched ? webHooks.BatchedWebHookFileStore : webHooks.WebHookFileStore;
  return refuseWrongOptions('the webhook of file_store_web_hook_url', () => new WebHook(files, options));
}

function exposeHeaders(headers: Readonly<Record<string, HiddenText>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, exposeText(value)]));
}

async function importWebHook() {
  try {
    return await import('@oh/file-store-webhook');
  } catch (error) {
    throw toMissingPackage(error, 'a webhook', '@oh/file-store-webhook');
  }
}
