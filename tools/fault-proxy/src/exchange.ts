import { once } from 'node:events';
import { type Agent, type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Verdict } from './fault-rules.ts';
import { bodyLength } from './proxied-request.ts';

/** One request of a client, its way upstream and its answer. */
export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: URL;
  /** The upstream side of the client's connection. */
  readonly agent: Agent;
  /** Aborts when the proxy is closed. */
  readonly signal: AbortSignal;
  /** Where a body of that length is cut. */
  readonly cutOf: (length: number | undefined) => number;
}

/** Carries out what was decided for a request. Resolves when the client has its answer, or what it gets instead of one. */
export async function exchange(self: Exchange, { delayMs, fault }: Verdict): Promise<void> {
  if (delayMs !== undefined) {
    await delay(delayMs, undefined, { signal: self.signal });
    if (self.response.destroyed) {
      return;
    }
  }
  switch (fault?.type) {
    case undefined:
      return await answer(self, await forward(self));
    case 'status':
      return refuse(self, fault);
    case 'half-open':
      await once(self.response, 'close');
      return;
    case 'reset':
      return await reset(self, fault.at);
    case 'truncate':
      await answerInPart(self, await forward(self));
      return self.incoming.socket.destroySoon();
    case 'lose-response':
      await discard(await forward(self));
      return resetClient(self);
    case 'duplicate':
      return await duplicate(self, fault.answer);
    case 'slow-close':
      return await answerAndLinger(self, await forward(self), fault.delayMs);
  }
}

/**
 * Breaks the client's connection: a TCP RST.
 *
 * One that is being shut down, as after the end of a client that died, is closed instead. libuv refuses to reset it, and Node takes it for closed all the same: at
 * its exit it would wait for that close for ever, at full speed.
 */
export function resetClient({ incoming: { socket } }: Exchange): void {
  if (socket.writableEnded && !socket.writableFinished) {
    socket.destroy();
  } else {
    socket.resetAndDestroy();
  }
}

async function forward(self: Exchange): Promise<IncomingMessage> {
  const outgoing = openPaired(self);
  self.incoming.pipe(outgoing);
  return await answerTo(outgoing);
}

/** Begins a request on the upstream side of the client's connection; a client that waits for "100 Continue" gets the upstream's. */
function openPaired(self: Exchange): ClientRequest {
  const outgoing = open(self, self.agent);
  if (expectsContinue(self)) {
    outgoing.once('continue', () => self.response.writeContinue());
  }
  return outgoing;
}

function expectsContinue({ incoming }: Exchange): boolean {
  return incoming.headers.expect !== undefined;
}

/** Begins a request upstream with the client's own head: its signature covers the host it called. */
function open({ incoming, upstream, signal }: Exchange, agent: Agent | false): ClientRequest {
  const { method, url: path, rawHeaders: headers } = incoming;
  return request({ host: upstream.hostname, port: upstream.port || 80, method, path, headers, agent, signal });
}

async function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [upstreamAnswer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return upstreamAnswer;
}

async function answer({ response }: Exchange, from: IncomingMessage): Promise<void> {
  writeHead(response, from, from.rawHeaders);
  await pipeline(from, response);
}

async function answerAndLinger({ response, signal }: Exchange, from: IncomingMessage, delayMs: number): Promise<void> {
  const kept = from.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 && name.toLowerCase() !== 'connection' ? [name, all[index + 1] ?? ''] : [],
  );
  writeHead(response, from, [...kept, 'Connection', 'close']);
  await pipeline(from, response, { end: false });
  await delay(delayMs, undefined, { signal });
  response.end();
}

/** Sends the head and part of the body; nothing of an answer without a body, since its head would be all of it. */
async function answerInPart({ response, cutOf }: Exchange, from: IncomingMessage): Promise<void> {
  const length = bodyLength(from.headers);
  if (length !== 0 && response.req.method !== 'HEAD') {
    writeHead(response, from, from.rawHeaders);
    response.flushHeaders();
    await writeUpTo(cutOf(length), from, response);
  }
}

function writeHead(response: ServerResponse, { statusCode = 0, statusMessage }: IncomingMessage, headers: string[]): void {
  response.sendDate = false;
  response.writeHead(statusCode, statusMessage, headers);
}

function refuse(
  { response }: Exchange,
  fault: { readonly status: number; readonly retryAfterSeconds?: number; readonly body?: string },
): void {
  const { status, retryAfterSeconds, body = '' } = fault;
  response.writeHead(status, {
    'Content-Type': 'application/xml',
    'Content-Length': Buffer.byteLength(body),
    ...(retryAfterSeconds !== undefined && { 'Retry-After': retryAfterSeconds }),
  });
  response.end(body);
}

async function reset(self: Exchange, at: 'start' | 'request-body' | 'response-body'): Promise<void> {
  if (at === 'request-body') {
    const outgoing = openPaired(self);
    await writeUpTo(self.cutOf(bodyLength(self.incoming.headers)), self.incoming, outgoing);
    outgoing.destroy();
  } else if (at === 'response-body') {
    await answerInPart(self, await forward(self));
  }
  resetClient(self);
}

/** Resolves when the first `limit` bytes of `from` are in the hands of the operating system. */
async function writeUpTo(limit: number, from: IncomingMessage, to: ClientRequest | ServerResponse): Promise<void> {
  let left = limit;
  for await (const chunk of from.iterator({ destroyOnReturn: false })) {
    const part = (chunk as Buffer).subarray(0, left);
    await new Promise<void>((resolve, reject) => to.write(part, (error) => (error ? reject(error) : resolve())));
    left -= part.length;
    if (left === 0) {
      return;
    }
  }
}

async function duplicate(self: Exchange, answered: 'first' | 'second'): Promise<void> {
  const { incoming, response } = self;
  if (expectsContinue(self)) {
    response.writeContinue();
  }
  const body = await buffer(incoming);
  // Its own connection: the client may be gone before the second request, which must be sent all the same.
  const send = (): Promise<IncomingMessage> => answerTo(open(self, false).end(body));
  if (answered === 'first') {
    await answer(self, await send());
    await discard(await send());
  } else {
    await discard(await send());
    await answer(self, await send());
  }
}

async function discard(from: IncomingMessage): Promise<void> {
  await finished(from.resume());
}
