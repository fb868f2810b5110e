import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore, type FileStore, MemoryFileStore } from '../src/index.ts';
import { MemoryDriver } from '../src/memory-driver.ts';
import { isServerRequest } from '../src/server-request.ts';

/** A store that calls `onChunk` with each chunk of a write. */
function watchingChunks(onChunk: () => void): FileStore {
  const driver = new MemoryDriver(Number.POSITIVE_INFINITY, () => new Date());
  const write: MemoryDriver['write'] = async (path, contents) => {
    for await (const _ of contents as AsyncIterable<Uint8Array>) {
      onChunk();
    }
    throw new Error(`written to ${path}`);
  };
  return createFileStore(Object.assign(driver, { write }));
}

async function writeUntilAborted(incoming: IncomingMessage): Promise<unknown> {
  const controller = new AbortController();
  return await watchingChunks(() => controller.abort()).write('file', incoming, { signal: controller.signal });
}

function fail(): void {
  throw new Error('half-way');
}

describe('the request of a client, as contents,', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  let write: (incoming: IncomingMessage) => Promise<unknown>;
  let server: Server;

  beforeEach(async () => {
    ports.clear();
    server = createServer((incoming, response) => {
      ports.add(incoming.socket.remotePort);
      write(incoming).then(
        () => response.end('written'),
        (error: unknown) => response.writeHead(412).end(String(error)),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    agent.destroy();
    server.close();
    await once(server, 'close');
  });

  async function put(body: Uint8Array): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ port, host: '127.0.0.1', method: 'PUT', agent }).end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(isServerRequest(answer)).toBe(false);
    return await text(answer);
  }

  it('is written', async () => {
    const store = new MemoryFileStore();
    write = (incoming) => store.write('file', incoming);
    expect(await put(new Uint8Array(3_000_000))).toBe('written');
    expect((await store.stat('file')).size).toBe(3_000_000);
  });

  it('is not written in part when a write of it was refused before', async () => {
    const store = new MemoryFileStore();
    const refused: unknown[] = [];
    write = async (incoming) => {
      await store.write('file', incoming, { ifVersion: 'no' }).catch((error: unknown) => refused.push(error));
      await once(incoming, 'data');
      return await store.write('file', incoming);
    };
    expect(await put(new Uint8Array(3_000_000))).toMatch(/invalid-argument/);
    expect(refused).toMatchObject([{ code: 'version-mismatch' }]);
    expect(await store.exists('file')).toBe(false);
  });

  it.each<[string, (incoming: IncomingMessage) => Promise<unknown>]>([
    ['is refused for its path', (incoming) => new MemoryFileStore().write('../file', incoming)],
    ['is refused by a condition', (incoming) => new MemoryFileStore().write('file', incoming, { ifVersion: 'no' })],
    ['is refused by its size', (incoming) => new MemoryFileStore({ maxBytes: 1 }).write('file', incoming)],
    ['fails half-way', (incoming) => watchingChunks(fail).write('file', incoming)],
    ['is not wanted any more', writeUntilAborted],
  ])('is answered when it %s, and its connection serves the next one', async (_, refused) => {
    write = (incoming) => refused(incoming);
    const first = await put(new Uint8Array(3_000_000));
    expect(first).toMatch(/FileStoreError|AbortError/);
    write = async () => undefined;
    expect(await put(new Uint8Array())).toBe('written');
    expect(ports.size).toBe(1);
  });
});
