import { type AbortOptions, type FileStore, homeLayout, type StorageLayout, sessionsLayout } from '@oh/file-store-core';

/** How the data in a store lies: as OpenHands' own where there are `sessions/` and no `conversations/`, else the layout of new data. */
export async function detectLayout(files: FileStore, options: AbortOptions): Promise<StorageLayout> {
  const [hasSessions, hasConversations] = await Promise.all([
    hasFiles(files, sessionsLayout.conversations(), options),
    hasFiles(files, homeLayout.conversations(), options),
  ]);
  return hasSessions && !hasConversations ? sessionsLayout : homeLayout;
}

async function hasFiles(files: FileStore, directory: string, { signal }: AbortOptions): Promise<boolean> {
  for await (const _ of files.entries(directory, { signal, limit: 1 })) {
    return true;
  }
  return false;
}
