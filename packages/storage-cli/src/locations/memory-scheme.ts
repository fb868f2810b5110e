import type { StorePlace, StoreScheme } from './store-scheme.ts';

/** `memory:PATH`: a store that is empty when the program starts and gone when it ends. */
export const memoryScheme: StoreScheme = {
  usage: 'memory:[PATH]',
  summary: 'an empty store of this one run, for trying out what a command reads and does',
  resolve: resolveMemory,
};

async function resolveMemory(rest: string): Promise<StorePlace> {
  const { MemoryFileStore, normalizePath } = await import('@oh/file-store-core');
  const path = normalizePath(rest);
  return {
    storeKey: 'memory:',
    openStore: async () => new MemoryFileStore(),
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    isDirectory: false,
    address: `memory:${path === '' ? '' : '/'}${path}`,
  };
}
