import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FileEventStore } from '@oh/event-store';
import { LocalFileStore } from '@oh/file-store-local';
import { sharedClockMs, type TailTask, tailedConversation } from './tail-task.ts';

/** A child with a channel: gets a {@link TailTask}, says that it follows when it has the first event, and tells how long each other one took, in milliseconds. */
process.once('message', (task: TailTask) => void follow(task));

async function follow(task: TailTask): Promise<void> {
  const latencies: number[] = [];
  let isFollowing = false;
  for await (const sentAt of task.how === 'tail' ? tail(task.root) : poll(task)) {
    if (!isFollowing) {
      isFollowing = true;
      process.send?.('following');
      continue;
    }
    latencies.push(sharedClockMs() - sentAt);
    if (latencies.length === task.count) {
      break;
    }
  }
  process.send?.(latencies);
  process.disconnect();
}

async function* tail(root: string): AsyncGenerator<number, void, undefined> {
  await using files = new LocalFileStore({ root, durability: 'atomic' });
  await using events = new FileEventStore({ files, conversationId: tailedConversation });
  for await (const { sent_at: sentAt } of events.tail(0)) {
    yield Number(sentAt);
  }
}

/** Lists the directory, reads what is new, waits: what a program does that follows OpenHands' files. */
async function* poll({ directory, everyMs }: Extract<TailTask, { readonly how: 'poll' }>): AsyncGenerator<number, void, undefined> {
  const seen = new Set<string>();
  for (;;) {
    for (const name of (await readdir(directory)).filter((each) => !seen.has(each)).sort()) {
      const text = await readFile(join(directory, name), 'utf8');
      // It has its name before it has its contents.
      if (text.endsWith('}')) {
        seen.add(name);
        yield Number((JSON.parse(text) as { readonly sent_at: number }).sent_at);
      }
    }
    await wait(everyMs);
  }
}
