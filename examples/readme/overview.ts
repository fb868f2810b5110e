// #region conversations
import { FileConversationStore } from '@oh/conversation-store';
import { LocalFileStore } from '@oh/file-store-local';

await using files = new LocalFileStore({ root: './agent-data' });
const conversations = new FileConversationStore({ files });

await conversations.saveMetadata({ conversation_id: 'first', selected_repository: null, title: 'Hello' });
const { results } = await conversations.search();
console.log(results[0]?.title);
// #endregion
