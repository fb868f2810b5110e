import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { startFaultProxy } from '../src/index.ts';

/** Clients that end while their answer is on its way, as those do that are killed, at a proxy that loses it. Then nothing is left to do, and the process ends. */
const upstream = createServer();
await once(upstream.listen(0, '127.0.0.1'), 'listening');
const proxy = await startFaultProxy({ upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` });
proxy.rules.set([{ fault: { type: 'lose-response' } }]);
for (let turns = 0; turns < 10; turns += 1) {
  const client = connect(Number(new URL(proxy.endpoint).port), '127.0.0.1');
  client.on('error', () => undefined).resume();
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [, response] = (await once(upstream, 'request')) as [unknown, ServerResponse];
  client.end();
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}
await proxy.close();
upstream.close();
