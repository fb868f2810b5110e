import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FileStore } from '@oh/file-store-core';
import { onTestFinished } from 'vitest';
import { openAsGoogle } from './gcs-under-test.ts';

/** A request that has arrived whole. */
export interface ArrivedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers a request. */
export type Script = (request: ArrivedRequest, response: ServerResponse) => void;

/** A store, as it is at Google, on a server that answers what `script` says: for answers that no server which runs here gives. */
export async function openScripted(
  script: Script,
  maxAttempts = 3,
): Promise<{ readonly store: FileStore; readonly arrived: ArrivedRequest[] }> {
  const arrived: ArrivedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk);
    }
    const { method = '', url = '', headers } = incoming;
    const request = { method, url: new URL(url, `http://${headers.host}`), headers, body: Buffer.concat(chunks) };
    arrived.push(request);
    script(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const store = openAsGoogle(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'bucket', { maxAttempts });
  onTestFinished(async () => {
    await store.close();
    server.close().closeAllConnections();
  });
  return { store, arrived };
}

/** Answers in JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(value));
}

/** Answers with an error, as the JSON API spells it. */
export function refuse(response: ServerResponse, status: number, reason: string, message = reason): void {
  sendJson(response, { error: { code: status, message, errors: [{ reason, message }] } }, status);
}

/** An object as the JSON API describes it. */
export function describeObject(generation: string, others: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { name: 'file', size: '1', generation, updated: '2013-05-24T00:00:00.123Z', ...others };
}
