import type { MemoryFileStore } from '@oh/file-store-core';

/** What the log of an outbox has, as text. */
export async function readLog(outbox: MemoryFileStore): Promise<string> {
  const texts = await Array.fromAsync(outbox.entries('log', { recursive: true }), ({ path }) => outbox.read(path));
  return texts.join('');
}
