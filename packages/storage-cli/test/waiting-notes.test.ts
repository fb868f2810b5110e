import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../src/index.ts';
import { WaitingNotes } from '../src/waiting-notes.ts';

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Accepts every connection, and answers nothing. */
async function startSilent(): Promise<string> {
  return await listen(createServer((socket) => socket.on('error', () => undefined).resume()));
}

/** Starts notes, and gives what waits for the next of them. */
function startNotes(): { readonly told: string[]; readonly next: () => Promise<void> } {
  const told: string[] = [];
  let heard = Promise.withResolvers<void>();
  const notes = new WaitingNotes((message) => {
    told.push(message);
    heard.resolve();
  }, 60);
  onTestFinished(() => notes.stop());
  const next = async (): Promise<void> => {
    await heard.promise;
    heard = Promise.withResolvers();
  };
  return { told, next };
}

test('a server that is silent is told of once, and anew when it is silent after an answer', async () => {
  const held: ServerResponse[] = [];
  let isSilent = true;
  const host = await listen(createHttpServer((_, response) => void (isSilent ? held.push(response) : response.end())));
  const { told, next } = startNotes();
  const ask = async (): Promise<IncomingMessage> => {
    const asked = request(`http://${host}/`).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer.resume();
  };
  for (const count of [1, 2]) {
    isSilent = true;
    const asked = [ask(), ask()];
    await next();
    expect(told).toHaveLength(count);
    expect(told.at(-1)).toBe(`waiting for ${host}, which does not answer; this gives up within about 3 minutes, and Ctrl-C ends it`);
    isSilent = false;
    for (const response of held.splice(0)) {
      response.end();
    }
    await Promise.all(asked);
  }
});

test('a server to which something is being sent is not waited for', async () => {
  const busy = await listen(createServer((socket) => socket.on('error', () => undefined).pause()));
  const silent = await startSilent();
  const { told, next } = startNotes();
  const sent = request({ host: '127.0.0.1', port: busy.split(':')[1], method: 'PUT' }).on('error', () => undefined);
  sent.end(Buffer.alloc(64 * 1024 * 1024));
  await once(sent, 'socket');
  const asked = request(`http://${silent}/`).on('error', () => undefined);
  asked.end();
  await next();
  expect(told).toEqual([expect.stringContaining(silent)]);
  sent.destroy();
  asked.destroy();
});

describe.each(['s3', 'gs'])('the program at a bucket of %s', (scheme) => {
  test.each(['ls', 'cat'])('%s says that a silent server is waited for', { timeout: 30_000 }, async (command) => {
    const host = await startSilent();
    const ended = new AbortController();
    let written = '';
    const stderr = new Writable({
      write: (chunk, _, done) => {
        written += String(chunk);
        ended.abort();
        done();
      },
    });
    const env = {
      AWS_S3_ENDPOINT: host,
      AWS_S3_SECURE: 'false',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      STORAGE_EMULATOR_HOST: `http://${host}`,
    };
    const io = { stdin: process.stdin, stdout: new Writable(), stderr, env, cwd: '/', signal: ended.signal };
    expect(await runCli([command, `${scheme}://bucket/file`], io)).toBe(130);
    expect(written).toBe(
      `oh-storage: [note] waiting for ${host}, which does not answer; this gives up within about 3 minutes, and Ctrl-C ends it\n`,
    );
  });
});
