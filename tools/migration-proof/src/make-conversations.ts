import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Directories that are made at a time. */
const atOnce = 200;

/** Makes conversations as a server leaves them: a record, and a log of one to four events, some of them long. No two files are alike. */
export async function makeConversations(root: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => first + index);
    await Promise.all(numbers.map((number) => makeConversation(root, number)));
  }
}

async function makeConversation(root: string, number: number): Promise<void> {
  const id = createHash('md5').update(`conversation ${number}`).digest('hex');
  const directory = join(root, 'conversations', id);
  await mkdir(directory, { recursive: true });
  const record = { conversation_id: id, selected_repository: null, title: `Conversation ${number} 😀`, created_at: '2026-01-01T00:00:00Z' };
  await writeFile(join(directory, 'metadata.json'), JSON.stringify(record));
  const events = Array.from({ length: 1 + (number % 4) }, (_, event) => {
    const content = `${number}/${event} `.repeat(number % 500 === 0 ? 40_000 : 50);
    return `${JSON.stringify({ id: event, timestamp: '2026-01-01T00:00:00Z', source: 'agent', content })}\n`;
  });
  await writeFile(join(directory, 'events.json'), events.join(''));
}
