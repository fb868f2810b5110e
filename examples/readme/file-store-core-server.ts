import type { AddressInfo } from 'node:net';
import { MemoryFileStore } from '@oh/file-store-core';

await using files = new MemoryFileStore();
await files.write('notes/today.txt', 'hello');

// #region server
import { createServer } from 'node:http';
import { FileStoreError, httpStatusOf } from '@oh/file-store-core';

const server = createServer(async (request, response) => {
  try {
    response.end(await files.readBytes(decodeURIComponent(request.url ?? '')));
  } catch (error) {
    const { code, retryable } = error instanceof FileStoreError ? error : { code: 'unknown', retryable: false };
    const status = httpStatusOf(error);
    response.writeHead(status, { 'content-type': 'application/problem+json', ...(retryable && { 'retry-after': '5' }) });
    response.end(JSON.stringify({ status, code }));
  }
});
// #endregion

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
for (const path of ['notes/today.txt', 'notes/other.txt', '..%2Fsecret']) {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`);
  console.log(response.status, await response.text());
}
server.close();
