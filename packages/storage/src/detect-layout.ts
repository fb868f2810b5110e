import { type AbortOptions, type FileStore, homeLayout, type StorageLayout, sessionsLayout } from '@oh/file-store-core';

/**
 * How the data in a store lies: as OpenHands' own where there is no `conversations/`, but `sessions/`, or `openhands.db` or `v1_conversations/`, which OpenHands 1.x
 * has in their place; else the layout of new data.
 */
export async function detectLayout(files: FileStore, options: AbortOptions): Promise<StorageLayout> {
  const [hasConversations, ...signs] = await Promise.all([
    hasFiles(files, homeLayout.conversations(), options),
    hasFiles(files, sessionsLayout.conversations(), options),
    hasFiles(files, 'v1_conversations', options),
    files.exists('openhands.db', options),
  ]);
  return signs.includes(true) && !hasConversations ? sessionsLayout : homeLayout;
}

async function hasFiles(files: FileStore, directory: string, { signal }: AbortOptions): Promise<boolean> {
  for await (const _ of files.entries(directory, { signal, limit: 1 })) {
    return true;
  }
  return false;
}
