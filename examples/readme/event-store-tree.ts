import { MemoryFileStore } from '@oh/file-store-core';

await using files = new MemoryFileStore();
await using others = new MemoryFileStore();

// #region tree
import { exportEvents, exportTrajectory, FileEventStore, forkEvents, importEvents, pathToRoot } from '@oh/event-store';

const events = new FileEventStore({ files, conversationId: 'c1' });
await events.appendAll([{ message: 'start' }, { message: 'first try' }]);
const { id } = await events.append({ source: 'user', message: 'try it otherwise', parent_id: 0 }); // default: the event before it
for await (const event of pathToRoot(events, id)) {
  console.log(event.id); // 2, 0
}
await forkEvents(events, new FileEventStore({ files, conversationId: 'c2' }), { atEventId: 1 });

await files.write('c1.jsonl', exportEvents(events));
await importEvents(new FileEventStore({ files: others, conversationId: 'c1' }), await files.readStream('c1.jsonl'));
await files.write('conversations/c1/trajectory.json', exportTrajectory(events));
// #endregion
