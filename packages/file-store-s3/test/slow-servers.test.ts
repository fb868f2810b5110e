import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';

describe('a server that is slow on purpose', () => {
  /** A store on a server that does with each connection as it is told. */
  async function openOn(behave: (socket: Socket) => void): Promise<S3FileStore> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => behave(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const store = new S3FileStore({
      bucket: 'b',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      maxAttempts: 1,
      requestTimeoutMs: 300,
    });
    onTestFinished(async () => {
      await store.close();
      server.close();
    });
    return store;
  }

  it('is given up when its answer comes byte by byte and never ends', async () => {
    const store = await openOn((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-drip: ');
      const dripping = setInterval(() => socket.write('.'), 50);
      socket.once('close', () => clearInterval(dripping));
    });
    await expect(store.read('file')).rejects.toMatchObject({ code: 'timeout', retryable: true });
  });

  it('is given up when it falls silent in the middle of the contents, once it has been asked for the rest', async () => {
    let asked = 0;
    const store = await openOn((socket) => {
      asked += 1;
      socket.write('HTTP/1.1 200 OK\r\netag: "e"\r\ncontent-length: 10\r\n\r\n');
    });
    await expect(store.read('file')).rejects.toMatchObject({ code: 'timeout', retryable: true });
    expect(asked).toBeGreaterThan(1);
  });
});
