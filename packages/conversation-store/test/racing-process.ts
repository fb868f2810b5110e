/** A process that races for the conversations in a directory: ROOT RACER ROUNDS; it tells its parent of each round. */
import { sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { FileConversationStore } from '../src/file-conversation-store.ts';
import { raceConversations } from './race-conversations.ts';

const [root = '', racer = '', rounds = ''] = process.argv.slice(2);
const files = new LocalFileStore({ root, durability: 'atomic' });
for (let round = 0; round < Number(rounds); round += 1) {
  await raceConversations(new FileConversationStore({ files, layout: sessionsLayout }), Number(racer) + round, 5);
  process.send?.(round);
}
await files.close();
process.disconnect?.();
