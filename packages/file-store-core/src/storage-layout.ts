import { FileStoreError } from './file-store-error.ts';

/** Where the records of the domain stores lie in a file store. Every path is made from validated ids, see {@link parseId}. */
export interface StorageLayout {
  readonly name: string;
  /** The directory whose children are the directories of the users. */
  readonly users: string;
  /** The file with the settings of a user, or of an installation with one user. */
  settings(userId?: string): string;
  /** The directory with the encrypted secrets of a user, or of an installation with one user, and with what belongs to them. */
  secrets(userId?: string): string;
  /** The file in which OpenHands keeps the secrets of a user. */
  openHandsSecrets(userId?: string): string;
  /** Whether the records of all users lie in one directory, so that only `user_id` tells them apart. */
  readonly usersShareConversations: boolean;
  /** The directory whose children are the conversations. */
  conversations(userId?: string): string;
  /** The file with a conversation's metadata. */
  conversationMetadata(conversationId: string, userId?: string): string;
  /** Every directory that holds a part of a conversation, the one with its metadata last. */
  conversationDirectories(conversationId: string, userId?: string): readonly string[];
  /** The file with the events of a conversation, one JSON object a line; `undefined` where every event has a file of its own. */
  eventLog(conversationId: string, userId?: string): string | undefined;
  /** The directory with the events of a conversation, where they do not lie in one file. */
  eventDirectory(conversationId: string, userId?: string): string;
  /** The directory of the index over the conversations that exist for a user, or over all in the directory without one. */
  conversationIndex(userId?: string): string;
  /** The file that says of a conversation that it was deleted, see `hasTombstone`; it outlasts the directories of the conversation. */
  conversationTombstone(conversationId: string, userId?: string): string;
}

/** Whether an id can become one segment of a path: 1 to 128 of `A-Z a-z 0-9 . _ -`, no leading dot. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(id);
}

/**
 * Checks an id, see {@link isId}.
 *
 * @param kind What the id names, for the message.
 * @returns The id.
 * @throws {FileStoreError} `invalid-argument`.
 */
export function parseId(id: string, kind: string): string {
  if (isId(id)) {
    return id;
  }
  throw new FileStoreError(
    'invalid-argument',
    `the ${kind} id ${JSON.stringify(id)} is not valid; an id is 1 to 128 letters, digits, ".", "_" or "-" and does not begin with a dot`,
  );
}

function userRoot(userId: string | undefined): string {
  return userId === undefined ? '' : `users/${parseId(userId, 'user')}/`;
}

/** Not a child of the conversations, so that neither they nor OpenHands meet it. */
function bookkeeping(userId: string | undefined): string {
  return `${userRoot(userId)}.oh-conversations`;
}

/** The layout of new data: `conversations/{id}/`, and the same tree under `users/{user}/` for each user. */
export const homeLayout: StorageLayout = {
  name: 'home',
  users: 'users',
  settings: (userId) => `${userRoot(userId)}settings.json`,
  secrets: (userId) => `${userRoot(userId)}secrets`,
  openHandsSecrets: (userId) => `${userRoot(userId)}secrets.json`,
  usersShareConversations: false,
  conversations: (userId) => `${userRoot(userId)}conversations`,
  conversationMetadata: (id, userId) => `${userRoot(userId)}conversations/${parseId(id, 'conversation')}/metadata.json`,
  conversationDirectories: (id, userId) => [`${userRoot(userId)}conversations/${parseId(id, 'conversation')}`],
  eventLog: (id, userId) => `${userRoot(userId)}conversations/${parseId(id, 'conversation')}/events.json`,
  eventDirectory: (id, userId) => `${userRoot(userId)}conversations/${parseId(id, 'conversation')}/events`,
  conversationIndex: (userId) => `${bookkeeping(userId)}/index`,
  conversationTombstone: (id, userId) => `${bookkeeping(userId)}/deleted/${parseId(id, 'conversation')}`,
};

/**
 * The layout that OpenHands has on disk: metadata always in `sessions/{id}/`, the events of a conversation with a user
 * in `users/{user}/conversations/{id}/`.
 */
export const sessionsLayout: StorageLayout = {
  name: 'sessions',
  users: 'users',
  settings: (userId) => `${userRoot(userId)}settings.json`,
  secrets: (userId) => `${userRoot(userId)}secrets`,
  openHandsSecrets: (userId) => `${userRoot(userId)}secrets.json`,
  usersShareConversations: true,
  conversations: () => 'sessions',
  conversationMetadata: (id) => `sessions/${parseId(id, 'conversation')}/metadata.json`,
  conversationDirectories: (id, userId) => {
    const session = `sessions/${parseId(id, 'conversation')}`;
    return userId === undefined ? [session] : [`${userRoot(userId)}conversations/${id}`, session];
  },
  eventLog: () => undefined,
  eventDirectory: (id, userId) => {
    const parent = userId === undefined ? 'sessions' : `${userRoot(userId)}conversations`;
    return `${parent}/${parseId(id, 'conversation')}/events`;
  },
  conversationIndex: (userId) => `${bookkeeping(userId)}/index`,
  conversationTombstone: (id) => `${bookkeeping(undefined)}/deleted/${parseId(id, 'conversation')}`,
};
