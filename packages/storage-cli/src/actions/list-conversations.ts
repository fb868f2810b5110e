import {
  type ConversationFilter,
  type ConversationMetadata,
  type ConversationPage,
  type ConversationStore,
  maxSearchLimit,
} from '@oh/conversation-store';
import { type AbortOptions, type FileStore, isId } from '@oh/file-store-core';
import type { Storage } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import { formatTime } from '../format-time.ts';
import { hasAppServerEvents } from '../import/find-event-directories.ts';
import { hasAgentServer, importAdvice } from '../import/has-agent-server.ts';
import { hasFiles } from '../locations/has-files.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';
import { UsageError } from '../usage-error.ts';
import { filterByEvents } from './filter-by-events.ts';

/** Options of `conversations list` and `conversations search`. */
export interface ListConversationsOptions extends StoreOptions, Omit<ConversationFilter, 'userId' | 'title'> {
  /** At most so many. Default: the store's, 20. */
  readonly limit?: number | undefined;
  /** Where an earlier list ended. Default: the newest. */
  readonly pageId?: string | undefined;
  /** Every page. */
  readonly all?: boolean | undefined;
  /** What is searched for a text. Default: `title`. */
  readonly in?: 'title' | 'events' | undefined;
}

/** Records that are read at a time for a search of events without a limit. */
const pageOfAll = 100;

/** Users that are looked at, at once, so that a list takes no longer where there are many. */
const maxLookedAt = 16;

/** Users that are named at most. */
const maxNamed = 3;

/** As many as a page of the store has. */
const defaultLimit = 20;

/**
 * Shows conversations, newest first.
 *
 * @param text A part of the title of those that are wanted, or of one of their events. Default: all.
 * @throws {AggregateError} With what cannot be read, when the others are listed.
 */
export async function listConversations(context: CliContext, text: string | undefined, options: ListConversationsOptions): Promise<void> {
  if (options.in === 'events' && !text) {
    throw new UsageError('--in events needs a text to search for');
  }
  const storage = await context.openStorage(options);
  const page =
    options.in === 'events' && text
      ? await searchEvents(storage, text, options, context.signal)
      : await searchAll(storage.conversations, text, options, context.signal);
  await context.output.write(context.json ? toJsonLine(toJsonPage(page)) : await formatPage(page, context.io.columns));
  if (page.next_page_id !== null) {
    context.note(`there are more; the next page is --page-id ${page.next_page_id}`);
  } else if (page.results.length + page.unreadable.length === 0) {
    context.note(await tellNone(storage, context.signal));
  }
  if (page.next_page_id === null && storage.userId === undefined) {
    await noteUsers(storage, context);
  }
  if (page.unreadable.length > 0) {
    throw new AggregateError(page.unreadable.map(({ error }) => error));
  }
}

async function searchAll(
  store: ConversationStore,
  title: string | undefined,
  options: ListConversationsOptions,
  signal: AbortSignal,
): Promise<ConversationPage> {
  const limit = options.all === true ? maxSearchLimit : options.limit;
  const filter = toFilter(title, options);
  let page = await store.search({ pageId: options.pageId, limit, refresh: true, filter, signal });
  while (options.all === true && page.next_page_id !== null) {
    const next = await store.search({ pageId: page.next_page_id, limit, filter, signal });
    page = { ...next, results: [...page.results, ...next.results], unreadable: [...page.unreadable, ...next.unreadable] };
  }
  return page;
}

/** Looks into the events of what the other conditions let through, page by page, until enough is found. */
async function searchEvents(
  storage: Storage,
  text: string,
  options: ListConversationsOptions,
  signal: AbortSignal,
): Promise<ConversationPage> {
  const wanted = options.all === true ? Number.POSITIVE_INFINITY : (options.limit ?? defaultLimit);
  const filter = toFilter(undefined, options);
  const results: ConversationMetadata[] = [];
  const unreadable: ConversationPage['unreadable'][number][] = [];
  let pageId: string | null | undefined = options.pageId;
  for (let refresh = true; ; refresh = false) {
    // No more than are still wanted, so that the next page begins right behind the last that was looked at.
    const limit = Math.min(wanted - results.length, pageOfAll);
    const page: ConversationPage = await storage.conversations.search({ pageId, limit, refresh, filter, signal });
    const found = await filterByEvents(storage, page.results, { text, userId: storage.userId, signal });
    results.push(...found.results);
    unreadable.push(...page.unreadable, ...found.unreadable);
    pageId = page.next_page_id;
    if (pageId === null || results.length >= wanted) {
      return { results, next_page_id: pageId, unreadable };
    }
  }
}

function toFilter(title: string | undefined, options: ListConversationsOptions): ConversationFilter {
  const { repository, trigger, gitProvider, createdFrom, createdBefore, updatedFrom, updatedBefore } = options;
  return { title, repository, trigger, gitProvider, createdFrom, createdBefore, updatedFrom, updatedBefore };
}

/** An error is told by its code and its message. */
function toJsonPage({ results, next_page_id, unreadable }: ConversationPage): unknown {
  const unreadableJson = unreadable.map(({ conversation_id, error }) => ({ conversation_id, code: error.code, message: error.message }));
  return { results, next_page_id, unreadable: unreadableJson };
}

async function formatPage({ results }: ConversationPage, columns: number | undefined): Promise<string> {
  if (results.length === 0) {
    return '';
  }
  return await formatTable(results.map(toRow), { head: ['id', 'created', 'trigger', 'repository', 'title'], columns });
}

function toRow(conversation: ConversationMetadata): readonly string[] {
  const { conversation_id, created_at, trigger, selected_repository, title } = conversation;
  return [conversation_id, formatTime(created_at), trigger ?? '-', selected_repository ?? '-', title ?? '-'];
}

/** Whoever has some in another form must not think that they are gone. */
async function tellNone({ conversations, files }: Storage, signal: AbortSignal): Promise<string> {
  const { results, unreadable } = await conversations.search({ limit: 1, signal });
  const isEmpty = results.length + unreadable.length === 0;
  const hasOthers = isEmpty && (await lookBeside(() => hasOtherForm(files, { signal }), signal));
  return hasOthers === true ? `no conversations; ${importAdvice}` : 'no conversations';
}

async function hasOtherForm(files: FileStore, options: AbortOptions): Promise<boolean> {
  return (await hasAgentServer(files, options)) || (await hasAppServerEvents(files, options));
}

/** Who looks at the conversations of nobody may take those of users for lost. */
async function noteUsers(storage: Storage, { note, signal }: CliContext): Promise<void> {
  const names = (await lookBeside(() => findOwners(storage, { signal }), signal)) ?? [];
  if (names.length > 0) {
    const named = names.slice(0, maxNamed).map((name) => `--user ${name}`);
    note(`those of users are listed apart: ${[...named, ...(names.length > maxNamed ? ['...'] : [])].join(', ')}`);
  }
}

/** What was asked for is listed, whether what lies beside it can be looked at or not. @returns `undefined` where it cannot. */
async function lookBeside<T>(look: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await look();
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Those of the first users that have conversations of their own. */
async function findOwners({ files, layout }: Storage, options: AbortOptions): Promise<readonly string[]> {
  const users: string[] = [];
  if (!layout.usersShareConversations) {
    for await (const { path } of files.entries(layout.users, { ...options, limit: maxLookedAt })) {
      users.push(path.slice(layout.users.length + 1).replace(/\/$/, ''));
    }
  }
  const hasOwn = async (user: string): Promise<readonly string[]> =>
    isId(user) && (await hasFiles(files, layout.conversations(user), options)) ? [user] : [];
  return (await Promise.all(users.map(hasOwn))).flat();
}
