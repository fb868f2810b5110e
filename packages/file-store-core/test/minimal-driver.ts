import type { FileStoreCapabilities, FileStoreDriver } from '../src/index.ts';
import { MemoryDriver } from '../src/memory-driver.ts';

/** A driver with the required primitives only, whose bodies are streams of small chunks. */
export function minimalDriver(capabilities: Partial<FileStoreCapabilities>): FileStoreDriver {
  const memory = new MemoryDriver(Number.POSITIVE_INFINITY, () => new Date());
  return {
    capabilities: { ...memory.capabilities, ...capabilities },
    write: (path, contents, options) => memory.write(path, contents, options),
    ...(capabilities.append === false ? {} : { append: (path, contents, options) => memory.append(path, contents, options) }),
    read: async (path, options) => {
      const { info, body } = await memory.read(path, options);
      return { info, body: inChunks(body as Uint8Array) };
    },
    stat: (path) => memory.stat(path),
    entries: (path, options) => memory.entries(path, options),
    delete: (path, options) => memory.delete(path, options),
  };
}

/** As a stream that a driver has opened gives them. */
export async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.byteLength; i += 100_000) {
    yield bytes.slice(i, i + 100_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
