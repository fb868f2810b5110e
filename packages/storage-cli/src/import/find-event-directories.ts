import { type AbortOptions, type FileStore, homeLayout, isId } from '@oh/file-store-core';
import { hasFiles } from '../locations/has-files.ts';
import { toConversationId } from './app-server-record.ts';

/** A directory with events of OpenHands 1.x. */
export interface EventDirectory {
  readonly path: string;
  /** Whose; `undefined` where OpenHands has one user. */
  readonly userId: string | undefined;
}

/** Where OpenHands 1.x keeps its events: in its data folder, or in a directory for each user there; in a bucket both are in `users/`. */
const eventsName = 'v1_conversations';

/** Where OpenHands 1.0.0 has them; what it stored stays there. */
const firstEventsPath = 'v1/events';

/** Where OpenHands 1.x may have put its events; not all need be there. */
async function* findEventParents(from: FileStore, options: AbortOptions): AsyncGenerator<EventDirectory, void, undefined> {
  yield { path: firstEventsPath, userId: undefined };
  yield { path: eventsName, userId: undefined };
  for (const parent of ['', `${homeLayout.users}/`]) {
    for (const path of await from.list(parent, options)) {
      const name = path.slice(parent.length, -1);
      if (path.endsWith('/') && isId(name) && name !== eventsName) {
        yield { path: `${path}${eventsName}`, userId: path === `${homeLayout.users}/` ? undefined : name };
      }
    }
  }
}

/** The directories with the events of each conversation, mostly one, by the id of the conversation. */
export async function findEventDirectories(from: FileStore, options: AbortOptions): Promise<Map<string, readonly EventDirectory[]>> {
  const found = new Map<string, readonly EventDirectory[]>();
  for await (const { path: parent, userId } of findEventParents(from, options)) {
    for (const path of await from.list(parent, options)) {
      if (path.endsWith('/')) {
        const id = toConversationId(path.slice(parent.length + 1, -1));
        found.set(id, [...(found.get(id) ?? []), { path: path.slice(0, -1), userId }]);
      }
    }
  }
  return found;
}

/** Whether there are events of OpenHands 1.x. */
export async function hasAppServerEvents(files: FileStore, options: AbortOptions): Promise<boolean> {
  for await (const { path } of findEventParents(files, options)) {
    if (await hasFiles(files, path, options)) {
      return true;
    }
  }
  return false;
}
