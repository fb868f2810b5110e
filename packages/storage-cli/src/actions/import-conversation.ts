import { isDeepStrictEqual } from 'node:util';
import type { ConversationMetadata, ConversationMetadataInput } from '@oh/conversation-store';
import { type EventStore, importEvents } from '@oh/event-store';
import { type AbortOptions, FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import type { Storage } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';
import { openInput } from '../open-input.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { type BundleHead, readBundle } from './conversation-bundle.ts';
import { openForOwner } from './find-events.ts';

/** Options of `conversations import`. */
export interface ImportConversationOptions extends StoreOptions {
  /** The id that the conversation gets. Default: that of the bundle. */
  readonly as?: string | undefined;
}

/**
 * Makes the conversation of a bundle, also one that was deleted. Repeated after a failure it adds what is missing; a conversation of the same id with another
 * record, or other events, is left as it is.
 *
 * @param file A path; `-` is the standard input.
 */
export async function importConversation(context: CliContext, file: string, options: ImportConversationOptions): Promise<void> {
  const { io, signal } = context;
  const source = await openInput(io, file, 'name the bundle in it');
  try {
    const { head, events } = await readBundle(source, { signal });
    const storage = await context.openStorage(options, 'write');
    const { conversation_id: id, user_id: owner } = await saveRecord(storage, head, options, { signal });
    const target = await openForOwner(context, storage, owner, options, 'write');
    const count = await addEvents(target.events(id), events, id, { signal });
    if (count < head.events) {
      const message = `the bundle is cut off: it has ${count} of ${head.events} events; they are imported, take a whole bundle and import it again for the rest`;
      throw new FileStoreError('corrupt', message);
    }
    await context.output.write(context.json ? toJsonLine({ conversation_id: id, events: count }) : `${id}\n`);
  } finally {
    source.destroy();
  }
}

/** @throws {FileStoreError} `corrupt`, telling what is there of the conversation already. */
async function addEvents(target: EventStore, events: AsyncIterable<Uint8Array>, id: string, abort: AbortOptions): Promise<number> {
  try {
    return await importEvents(target, events, abort);
  } catch (error) {
    // What is damaged at the target has a path.
    if (error instanceof FileStoreError && error.code === 'corrupt' && error.path === undefined) {
      const message = `${error.reason}; the conversation ${JSON.stringify(id)} is there with the events before it, import a whole bundle for the rest`;
      throw new FileStoreError('corrupt', message, { cause: error });
    }
    throw error;
  }
}

async function saveRecord(
  { conversations, userId }: Pick<Storage, 'conversations' | 'userId'>,
  { metadata }: BundleHead,
  options: ImportConversationOptions,
  abort: AbortOptions,
): Promise<ConversationMetadata> {
  const id = options.as ?? metadata.conversation_id;
  // Whose it becomes is said by who imports it, if at all.
  const { user_id: _, ...ownerless } = metadata;
  const record: ConversationMetadataInput = { ...(userId === undefined ? metadata : ownerless), conversation_id: id };
  const present = await findRecord(conversations, id, abort);
  if (present === undefined) {
    return await conversations.saveMetadata(record, { ...abort, recreate: true });
  }
  if (!isDeepStrictEqual(toPlain({ ...record, user_id: null }), toPlain({ ...present, user_id: null }))) {
    const message = `there is a conversation ${JSON.stringify(id)} with another record; delete it first, or import under another id with --as ID`;
    throw new FileStoreError('already-exists', message);
  }
  return present;
}

async function findRecord(
  conversations: Storage['conversations'],
  id: string,
  abort: AbortOptions,
): Promise<ConversationMetadata | undefined> {
  try {
    return await conversations.getMetadata(id, abort);
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

/** Without fields that are `undefined`; numbers with all their digits compare by them. */
function toPlain(value: unknown): unknown {
  return parseJson(JSON.stringify(value));
}
