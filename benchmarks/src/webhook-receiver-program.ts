import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** Accepts everything; `GET /count` tells how many requests and notices there were, and begins anew. Prints its port. */
let requests = 0;
let notices = 0;
const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify({ requests, notices }));
    requests = 0;
    notices = 0;
    return;
  }
  const isBatch = request.headers['content-type'] === 'application/json';
  if (isBatch) {
    notices += ((await json(request)) as unknown[]).length;
  } else {
    await request.resume().toArray();
    notices += 1;
  }
  requests += 1;
  response.writeHead(200).end();
});
await once(server.listen(0, '127.0.0.1'), 'listening');
process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
