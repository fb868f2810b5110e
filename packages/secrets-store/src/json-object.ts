import { FileStoreError } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';

/** Whether a value is a JSON object. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the text of a file with secrets. @throws {FileStoreError} `corrupt`, naming the file and nothing of its contents. */
export function parseSecretsObject(text: string, path: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    throw unreadableSecrets(path, `it is ${error.message}`);
  }
  if (!isJsonObject(json)) {
    throw unreadableSecrets(path, 'it is not a JSON object');
  }
  return json;
}

/** The error for a file that cannot be read as a whole. */
export function unreadableSecrets(path: string, why: string): FileStoreError {
  return new FileStoreError('corrupt', `the secrets at "${path}" cannot be read: ${why}; bring the file back from a backup`, { path });
}
