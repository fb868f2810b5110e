// #region quickstart
import { FileConversationStore } from '@oh/conversation-store';
import { LocalFileStore } from '@oh/file-store-local';

await using files = new LocalFileStore({ root: './agent-data' });
await using conversations = new FileConversationStore({ files, userId: 'alice' });

await conversations.saveMetadata({ conversation_id: 'c1', selected_repository: 'acme/shop', title: 'Fix the flaky test' });

await conversations.updateMetadata('c1', (current) => ({ ...current, title: 'Fix the cart' }));

let pageId: string | null = null;
do {
  const page = await conversations.search({ pageId, limit: 50, filter: { repository: 'acme/shop' } });
  for (const { conversation_id, title } of page.results) {
    console.log(conversation_id, title);
  }
  for (const { error } of page.unreadable) {
    console.warn(error.message);
  }
  pageId = page.next_page_id;
} while (pageId !== null);
// #endregion
