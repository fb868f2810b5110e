import type { AddressInfo } from 'node:net';
import { LocalFileStore } from '@oh/file-store-local';

await using files = new LocalFileStore({ root: './agent-data' });

// #region server
import { createServer, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { FileEventStore } from '@oh/event-store';

const events = new FileEventStore({ files, conversationId: 'c2' });
const stopping = new AbortController();

async function* follow({ headers }: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  const last = headers['last-event-id']; // what a browser has when its connection broke
  for await (const event of events.tail(last === undefined ? 0 : Number(last) + 1, { signal })) {
    yield `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}

const server = createServer((request, response) => {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  pipeline(follow(request, AbortSignal.any([gone.signal, stopping.signal])), response).catch(() => response.destroy());
});

process.once('SIGTERM', () => {
  stopping.abort(); // a stream that is open would keep the server from closing
  server.close(() => events.close());
});
// #endregion

await events.append({ source: 'user', action: 'message', args: { content: 'Hello' } });
await events.append({ source: 'agent', action: 'finish' });
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { body } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { headers: { 'last-event-id': '0' } });
try {
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    console.log(text);
    process.kill(process.pid, 'SIGTERM');
  }
} catch {
  console.log('ended');
}
