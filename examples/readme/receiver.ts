import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A webhook's receiver on loopback. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** What has been received. */
  readonly bodies: readonly string[];
}

/** @param check Throws for what it does not take. */
export async function startReceiver(
  check: (body: string, headers: Readonly<Record<string, string>>) => void = () => undefined,
): Promise<Receiver> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    check(body, request.headers as Readonly<Record<string, string>>);
    bodies.push(body);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    bodies,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
