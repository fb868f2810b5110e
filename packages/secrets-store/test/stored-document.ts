import type { FileStore } from '@oh/file-store-core';

/** The secrets of a user as they are stored. */
export interface StoredDocument {
  custom_secrets: Record<string, Record<string, unknown>>;
  provider_tokens: Record<string, Record<string, unknown>>;
  [field: string]: unknown;
}

/** Changes a stored file by hand. @returns Its new text. */
export async function editDocument(files: FileStore, path: string, change: (document: StoredDocument) => void): Promise<string> {
  const document = JSON.parse(await files.read(path)) as StoredDocument;
  change(document);
  const text = JSON.stringify(document);
  await files.write(path, text);
  return text;
}
