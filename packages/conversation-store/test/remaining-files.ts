import type { FileStore } from '@oh/file-store-core';

/** Every file, but for what the store of conversations keeps beside them. */
export async function remainingFiles(files: FileStore): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of files.entries('', { recursive: true })) {
    if (!path.split('/').includes('.oh-conversations')) {
      paths.push(path);
    }
  }
  return paths;
}
