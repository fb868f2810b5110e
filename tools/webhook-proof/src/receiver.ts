import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { seededRandom } from './random.ts';
import type { Told, ToldItem } from './told.ts';

/**
 * A webhook receiver that fails three times in ten: twice without taking what it was told, once after it has. Prints its port; `GET /told` gives what
 * it took, one line of JSON for each request. A batch of more than 20 notices is too large for it.
 */
const random = seededRandom(Number(process.argv[2]));
const refuses = 0.2;
const takesAndFails = 0.1;
const maxItems = 20;

const told: Told[] = [];
const server = createServer((request, response) => void answer(request, response));
await once(server.listen(0, '127.0.0.1'), 'listening');
process.stdout.write(`${(server.address() as AddressInfo).port}\n`);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    response.end(told.map((each) => `${JSON.stringify(each)}\n`).join(''));
    return;
  }
  const fate = random();
  const body = await text(request).catch(() => undefined);
  // A request that breaks off has told nothing.
  if (body === undefined || fate < refuses) {
    response.writeHead(500).end();
    return;
  }
  const items = itemsOf(request, body);
  if (items.length > maxItems) {
    response.writeHead(413).end();
    return;
  }
  told.push({ id: String(request.headers['webhook-id']), items });
  response.writeHead(fate < refuses + takesAndFails ? 503 : 200).end();
}

function itemsOf({ method, url = '' }: IncomingMessage, body: string): ToldItem[] {
  const path = decodeURIComponent(url.slice('/hook/'.length));
  if (path === '') {
    return JSON.parse(body) as ToldItem[];
  }
  return [method === 'DELETE' ? { method: 'DELETE', path } : { method: 'POST', path, content: body }];
}
