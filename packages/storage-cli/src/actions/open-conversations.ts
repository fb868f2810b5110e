import { FileConversationStore } from '@oh/conversation-store';
import {
  type AbortOptions,
  type FileStore,
  FileStoreError,
  homeLayout,
  type StorageLayout,
  sessionsLayout,
  withPrefix,
} from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { inspect } from '../locations/inspect.ts';
import { readOnly } from '../locations/read-only.ts';
import type { ConversationOptions } from './conversation-options.ts';

/** Opens the conversations of a store, which must be there, to look at them: nothing is written, not even an index. */
export async function openConversations(context: CliContext, options: ConversationOptions): Promise<FileConversationStore> {
  const { signal } = context;
  const location = await context.locations.open(options.store);
  if ((await inspect(location, { signal })).kind !== 'directory') {
    throw new FileStoreError('not-found', `no such directory: ${JSON.stringify(location.url)}`, { path: location.path });
  }
  const files = readOnly(withPrefix(location.store, location.path));
  const layout = options.layout === undefined ? await detectLayout(files, { signal }) : layouts[options.layout];
  return new FileConversationStore({ files, layout, userId: options.user });
}

const layouts: Readonly<Record<'home' | 'sessions', StorageLayout>> = { home: homeLayout, sessions: sessionsLayout };

/** The layout of OpenHands where a store has its `sessions` and none of `conversations`, else the home layout. */
async function detectLayout(files: FileStore, options: AbortOptions): Promise<StorageLayout> {
  const isSessions = (await hasDirectory(files, 'sessions', options)) && !(await hasDirectory(files, 'conversations', options));
  return isSessions ? sessionsLayout : homeLayout;
}

async function hasDirectory(files: FileStore, path: string, options: AbortOptions): Promise<boolean> {
  for await (const _ of files.entries(path, { ...options, limit: 1 })) {
    return true;
  }
  return false;
}
