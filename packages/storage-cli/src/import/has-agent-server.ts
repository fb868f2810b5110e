import type { AbortOptions, FileStore } from '@oh/file-store-core';

/** Where OpenHands' agent server and its command line keep their conversations. */
export const agentServerDirectory = 'conversations';

/** What to do with conversations that are read by an import alone. */
export const importAdvice =
  'those of OpenHands 1.x, its agent server or its command line are here in a form that "oh-storage import openhands" brings into a place of their own';

/** Whether there is a conversation that OpenHands' agent server or its command line has written. */
export async function hasAgentServer(files: FileStore, options: AbortOptions): Promise<boolean> {
  for await (const { path } of files.entries(agentServerDirectory, { ...options, recursive: true })) {
    if (/^conversations\/[^/]+\/(events\/event-\d+-[^/]+\.json|base_state\.json|meta\.json)$/.test(path)) {
      return true;
    }
  }
  return false;
}
