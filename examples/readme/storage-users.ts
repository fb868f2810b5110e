import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands for a look at who has logged in. */
function userOf(request: IncomingMessage): string {
  return String(request.headers['x-user']);
}

// #region users
import { loadStorageConfig, openStorage } from '@oh/storage';

const storage = await openStorage(await loadStorageConfig()); // once for all users

async function answer(request: IncomingMessage): Promise<string> {
  const { conversations } = await storage.forUser(userOf(request));
  await conversations.saveMetadata({ conversation_id: 'c1', selected_repository: null });
  return JSON.stringify(await conversations.search());
}

const server = createServer((request, response) => {
  answer(request).then(
    (text) => response.end(text),
    () => response.writeHead(500).end(),
  );
});

process.once('SIGTERM', () => server.close(() => storage.close())); // answers what was asked, then closes the storages of all users
// #endregion

server.listen(0, '127.0.0.1', async () => {
  for (const user of ['alice', 'bob']) {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { headers: { 'x-user': user } });
    const { results } = (await response.json()) as { results: { user_id: string }[] };
    console.log(results.map(({ user_id }) => user_id));
  }
  server.closeIdleConnections();
  process.kill(process.pid, 'SIGTERM');
});
