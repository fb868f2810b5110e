// #region quickstart
import { FileEventStore } from '@oh/event-store';
import { LocalFileStore } from '@oh/file-store-local';

await using files = new LocalFileStore({ root: './agent-data' });
await using events = new FileEventStore({ files, conversationId: 'c1', secrets: { GITHUB_TOKEN: 'ghp_1234' } });

const { id } = await events.append({ source: 'user', action: 'message', args: { content: 'Fix the flaky test' } });
console.log(await events.get(id));

for await (const event of events.search({ reverse: true, limit: 50, filter: { source: 'agent' } })) {
  console.log(event.id, event.timestamp);
}

const agent = events.append({ source: 'agent', action: 'finish' }); // or another process
for await (const event of events.tail(id + 1, { signal: AbortSignal.timeout(60_000) })) {
  console.log(event.id); // as they come, from whatever process
  if (event['action'] === 'finish') {
    break;
  }
}
await agent;
// #endregion
