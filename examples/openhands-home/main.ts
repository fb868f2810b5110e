/**
 * What a newcomer sees first: a folder that OpenHands wrote, opened on the local disk, listed, read and written.
 *
 * Run it with `npm run demo`.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileConversationStore } from '@oh/conversation-store';
import { sessionsLayout } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { copyOpenHandsHome } from '@oh-tools/fixtures';

const root = join(await mkdtemp(join(tmpdir(), 'oh-storage-demo-')), 'openhands');
await copyOpenHandsHome(root);
console.log(`1. Copied a data folder written by OpenHands 0.62 to ${root}\n`);

await using files = new LocalFileStore({ root });
const conversations = new FileConversationStore({ files, layout: sessionsLayout });

const { results, unreadable } = await conversations.search({ limit: 100 });
console.log(`2. Its ${results.length} conversations, newest first:`);
for (const { conversation_id, created_at, title } of results) {
  console.log(`   ${conversation_id}  ${created_at.padEnd(32)}  ${JSON.stringify(title)}`);
}
console.log(`   and ${unreadable.length} that cannot be read, which hides none of the others:`);
for (const { error } of unreadable) {
  console.log(`   ${error.message}`);
}

const [newest] = results;
if (newest === undefined) {
  throw new Error('the sample folder has no conversations');
}
console.log('\n3. The newest one, as it is stored:');
console.log(JSON.stringify(await conversations.getMetadata(newest.conversation_id), undefined, 2).replace(/^/gm, '   '));

const conversation_id = 'demo-conversation';
await conversations.saveMetadata({ conversation_id, selected_repository: 'acme/website', title: 'Written by the demo', trigger: 'gui' });
console.log(`\n4. Wrote a new one, durably and atomically, to ${join(root, sessionsLayout.conversationMetadata(conversation_id))}`);

const written = await conversations.getMetadata(conversation_id);
const [first] = (await conversations.search({ limit: 1 })).results;
if (written.title !== 'Written by the demo' || first?.conversation_id !== conversation_id) {
  throw new Error('the conversation that was written was not read back');
}
console.log(`   Read it back: "${written.title}", created ${written.created_at}, now first in the list.`);
console.log('\n   Look further with the command line:');
console.log(`   npx oh-storage conversations list --store local:${root}`);
