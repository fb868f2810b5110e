import {
  type ConversationFilter,
  type ConversationMetadata,
  type ConversationPage,
  type ConversationStore,
  maxSearchLimit,
} from '@oh/conversation-store';
import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import { formatTime } from '../format-time.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of `conversations list` and `conversations search`. */
export interface ListConversationsOptions extends StoreOptions, Omit<ConversationFilter, 'userId' | 'title'> {
  /** At most so many. Default: the store's, 20. */
  readonly limit?: number | undefined;
  /** Where an earlier list ended. Default: the newest. */
  readonly pageId?: string | undefined;
  /** Every page. */
  readonly all?: boolean | undefined;
}

/**
 * Shows conversations, newest first; those that cannot be read are named on stderr.
 *
 * @param title A part of the title of those that are wanted. Default: all.
 */
export async function listConversations(context: CliContext, title: string | undefined, options: ListConversationsOptions): Promise<void> {
  const { conversations } = await context.openStorage(options);
  const page = await searchAll(conversations, title, options, context.signal);
  await context.output.write(context.json ? toJsonLine(toJsonPage(page)) : await formatPage(page, context.io.columns));
  notePage(page, context);
}

async function searchAll(
  store: ConversationStore,
  title: string | undefined,
  options: ListConversationsOptions,
  signal: AbortSignal,
): Promise<ConversationPage> {
  const limit = options.all === true ? maxSearchLimit : options.limit;
  const { repository, trigger, gitProvider, createdFrom, createdBefore, updatedFrom, updatedBefore } = options;
  const filter: ConversationFilter = { title, repository, trigger, gitProvider, createdFrom, createdBefore, updatedFrom, updatedBefore };
  let page = await store.search({ pageId: options.pageId, limit, refresh: true, filter, signal });
  while (options.all === true && page.next_page_id !== null) {
    const next = await store.search({ pageId: page.next_page_id, limit, filter, signal });
    page = { ...next, results: [...page.results, ...next.results], unreadable: [...page.unreadable, ...next.unreadable] };
  }
  return page;
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

function notePage({ results, next_page_id, unreadable }: ConversationPage, context: CliContext): void {
  for (const { error } of unreadable) {
    context.warn(error.message);
  }
  if (next_page_id !== null) {
    context.note(`there are more; the next page is --page-id ${next_page_id}`);
  } else if (results.length === 0) {
    context.note('no conversations');
  }
}
