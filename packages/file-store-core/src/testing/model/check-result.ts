import assert from 'node:assert/strict';
import type { FileEntry, FileInfo, FileListEntry } from '../../file-store.ts';
import { bytesOf, labelOptions, type ModelCommand } from './model-command.ts';
import { compareBytes, type ReferenceEntry, type ReferenceFile, type ReferenceFiles } from './reference-files.ts';

/** Compares what a command that succeeded gave with the reference, and makes its change there. @throws {AssertionError} When they differ. */
export function checkResult(files: ReferenceFiles, command: ModelCommand, isConditional: boolean, result: unknown): void {
  const { path } = command;
  const file = files.get(path);
  switch (command.do) {
    case 'write':
      put(files, path, { bytes: bytesOf(command.contents), label: command.label }, result as FileInfo);
      break;
    case 'append': {
      const bytes = Buffer.concat([file?.bytes ?? Buffer.of(), bytesOf(command.contents)]);
      put(files, path, { bytes, label: file?.label }, result as FileInfo);
      break;
    }
    case 'copy':
    case 'move':
      transfer(files, command.do, path, command.to, result as FileInfo);
      break;
    case 'delete':
      remove(files, path.replace(/\/$/, ''), isConditional);
      break;
    case 'exists':
      assert.equal(result, file !== undefined);
      break;
    case 'stat':
      checkFileInfo(result as FileInfo, path, present(file));
      break;
    case 'list':
      assert.deepEqual(result, listed(files, path));
      break;
    case 'entries':
      checkEntries(result as FileEntry[], expectedEntries(files, command));
      break;
    case 'read':
      assert.equal(result, Buffer.from(inRange(file, command.range)).toString());
      break;
    case 'open': {
      const { info, bytes } = result as { info: FileInfo; bytes: Uint8Array };
      checkFileInfo(info, path, present(file));
      checkBytes(bytes, inRange(file, command.range));
      break;
    }
    default:
      checkBytes(result as Uint8Array, inRange(file, command.range));
      break;
  }
}

/** Compares all that a store tells of a file. @throws {AssertionError} When they differ. */
export function checkFileInfo(info: FileInfo, path: string, file: ReferenceFile): void {
  checkInfo(info, path, file);
  const { contentType, metadata } = labelOptions(file.label);
  assert.deepEqual({ ...info.metadata }, { ...metadata });
  // Some backends give a file without a content type one of their own.
  if (contentType !== undefined) {
    assert.equal(info.contentType, contentType);
  } else {
    assert.doesNotMatch(info.contentType ?? '', /^text\/(?:one|two)$/);
  }
}

/** Compares what a listing tells of a file too. @throws {AssertionError} When they differ. */
function checkInfo(info: FileListEntry | FileInfo, path: string, { bytes, version }: ReferenceFile): void {
  assert.ok(info.modifiedAt instanceof Date && Number.isFinite(info.modifiedAt.getTime()), 'modifiedAt');
  assert.deepEqual({ path: info.path, size: info.size, version: info.version }, { path, size: bytes.byteLength, version });
}

/** Compares a listing. @throws {AssertionError} */
export function checkEntries(entries: readonly FileEntry[], expected: readonly ReferenceEntry[]): void {
  assert.deepEqual(
    entries.map((entry) => `${entry.kind} ${entry.path}`),
    expected.map((entry) => `${entry.kind} ${entry.path}`),
  );
  for (const [i, entry] of expected.entries()) {
    const found = entries[i];
    if (entry.kind === 'file' && found?.kind === 'file') {
      checkInfo(found, entry.path, entry);
    }
  }
}

/** Compares contents. @throws {AssertionError} */
export function checkBytes(bytes: Uint8Array, expected: Uint8Array): void {
  assert.ok(Buffer.compare(bytes, expected) === 0, `${bytes.byteLength} bytes that are not the ${expected.byteLength} expected`);
}

function put(files: ReferenceFiles, path: string, made: Pick<ReferenceFile, 'bytes' | 'label'>, info: FileInfo): void {
  const file = { ...made, version: info.version };
  checkFileInfo(info, path, file);
  files.set(path, file);
}

function transfer(files: ReferenceFiles, how: 'copy' | 'move', from: string, to: string, info: FileInfo): void {
  const file = present(files.get(from));
  if (from === to) {
    checkFileInfo(info, to, file);
  } else {
    put(files, to, file, info);
    if (how === 'move') {
      files.remove(from);
    }
  }
}

function remove(files: ReferenceFiles, path: string, isConditional: boolean): void {
  files.remove(path);
  if (!isConditional) {
    files.removeBelow(path);
  }
}

function expectedEntries(files: ReferenceFiles, { path, options }: Extract<ModelCommand, { do: 'entries' }>): ReferenceEntry[] {
  const { recursive = false, startAfter = '', limit } = options;
  const all = files.entries(path.replace(/\/$/, ''), recursive);
  return all.filter((entry) => compareBytes(entry.path, startAfter) > 0).slice(0, limit);
}

function listed(files: ReferenceFiles, path: string): string[] {
  return files.entries(path.replace(/\/$/, ''), false).map((entry) => entry.path);
}

function inRange(file: ReferenceFile | undefined, range: { readonly start?: number; readonly end?: number } | undefined): Uint8Array {
  return present(file).bytes.subarray(range?.start, range?.end);
}

function present(file: ReferenceFile | undefined): ReferenceFile {
  assert.ok(file !== undefined);
  return file;
}
