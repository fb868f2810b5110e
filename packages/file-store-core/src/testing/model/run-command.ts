import assert from 'node:assert/strict';
import type { FileStore, FileStoreCapabilities } from '../../file-store.ts';
import { FileStoreError } from '../../file-store-error.ts';
import { collect } from '../test-data.ts';
import { checkBytes, checkEntries, checkFileInfo, checkResult } from './check-result.ts';
import { expectedErrors } from './expected-errors.ts';
import { labelOptions, type ModelCommand, toContents } from './model-command.ts';
import type { ReferenceFiles } from './reference-files.ts';
import { type ResolvedCondition, resolveCondition } from './resolve-condition.ts';

/** Runs a command on a store and on the reference. @throws {AssertionError} When they differ. */
export async function runCommand(store: FileStore, files: ReferenceFiles, generated: ModelCommand): Promise<void> {
  const command = withinCapabilities(generated, store.capabilities);
  const condition = resolveCondition(files, command);
  const errors = expectedErrors(files, command, condition, store.capabilities);
  const outcome = await call(store, command, condition).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) {
    const { error } = outcome;
    const isExpected = error instanceof FileStoreError && errors.includes(error.code);
    assert.ok(isExpected, `expected ${errors.join(' or ') || 'success'}, but: ${String(error)}`);
  } else {
    assert.equal(errors.length, 0, `expected ${errors.join(' or ')}, but it succeeded`);
    checkResult(files, command, condition.ifVersion !== undefined, outcome.value);
  }
}

/** Labels are refused where they cannot be kept, which the kit tests; here they would leave little to compare. */
function withinCapabilities(command: ModelCommand, capabilities: FileStoreCapabilities): ModelCommand {
  if (command.do !== 'write' || capabilities.metadata) {
    return command;
  }
  const { label: _label, ...plain } = command;
  return plain;
}

/** Compares what a store lists and, where asked for, all contents with the reference. @throws {AssertionError} When they differ. */
export async function checkFiles(store: FileStore, files: ReferenceFiles, withContents: boolean): Promise<void> {
  const expected = files.entries('', true);
  checkEntries(await collect(store.entries('', { recursive: true })), expected);
  for (const entry of withContents ? expected : []) {
    assert.ok(entry.kind === 'file');
    checkFileInfo(await store.stat(entry.path), entry.path, entry);
    checkBytes(await store.readBytes(entry.path), entry.bytes);
  }
}

async function call(store: FileStore, command: ModelCommand, condition: ResolvedCondition): Promise<unknown> {
  switch (command.do) {
    case 'write':
      return await store.write(command.path, toContents(command.contents), { ...condition, ...labelOptions(command.label) });
    case 'append':
      return await store.append(command.path, toContents(command.contents), condition);
    case 'copy':
    case 'move':
      return await store[command.do](command.path, command.to, condition);
    case 'delete':
      return await store.delete(command.path, condition);
    case 'entries':
      return await collect(store.entries(command.path, command.options));
    case 'read':
    case 'readBytes':
      return await store[command.do](command.path, { range: command.range });
    case 'readStream':
      return Buffer.concat(await collect(await store.readStream(command.path, { range: command.range })));
    case 'open': {
      const file = await store.open(command.path, { range: command.range });
      return { info: file.info, bytes: await file.bytes() };
    }
    default:
      return await store[command.do](command.path);
  }
}
