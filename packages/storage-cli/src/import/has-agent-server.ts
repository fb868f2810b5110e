import type { AbortOptions, FileStore } from '@oh/file-store-core';

/** Where OpenHands' agent server and its command line keep their conversations. */
export const agentServerDirectory = 'conversations';

/** What to do with conversations that are read by an import alone. */
export const importAdvice =
  'those of OpenHands 1.x, its agent server or its command line are here in a form that "oh-storage import openhands" brings into a place of their own';

/** A file of one of their conversations, in the directory of this. */
const conversationFile = /^(events\/event-\d+-[^/]+\.json|base_state\.json|meta\.json)$/;

/** Whether there is a conversation that OpenHands' agent server or its command line has written. */
export async function hasAgentServer(files: FileStore, options: AbortOptions): Promise<boolean> {
  for await (const { path } of files.entries(agentServerDirectory, { ...options, recursive: true })) {
    const [, name] = /^conversations\/[^/]+\/(.+)$/.exec(path) ?? [];
    if (name !== undefined && conversationFile.test(name)) {
      return true;
    }
  }
  return false;
}

/** Whether OpenHands' agent server or its command line has written the conversation in a directory. @param directory With `/` at its end. */
export async function isAgentServerConversation(files: FileStore, directory: string, options: AbortOptions): Promise<boolean> {
  for await (const { path } of files.entries(directory, { ...options, recursive: true })) {
    if (conversationFile.test(path.slice(directory.length))) {
      return true;
    }
  }
  return false;
}
