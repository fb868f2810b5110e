import type { BigIntStats } from 'node:fs';
import { type AppendOptions, FileStoreError, type WriteCondition } from '@oh/file-store-core';
import { versionOf } from './local-version.ts';

/** What conditions are about: of a file as it is, or as it will be when the appends before are made. */
export interface FileState {
  readonly size: number;
  /** `undefined` when nobody can know it yet. */
  readonly version: string | undefined;
}

/** @returns `undefined` where no file is. */
export function stateOf(stats: BigIntStats | undefined): FileState | undefined {
  return stats === undefined || stats.isDirectory() ? undefined : { size: Number(stats.size), version: versionOf(stats) };
}

/** Whether a change has a condition. */
export function isConditional({ ifAbsent, ifVersion }: WriteCondition): boolean {
  return ifAbsent === true || ifVersion !== undefined;
}

/** @throws {FileStoreError} `already-exists` or `version-mismatch`. */
export function checkCondition(path: string, current: FileState | undefined, { ifAbsent, ifVersion }: WriteCondition): void {
  if (ifAbsent === true && current !== undefined) {
    throw alreadyExists(path);
  }
  if (ifVersion !== undefined && current?.version !== ifVersion) {
    const why = current === undefined ? 'is missing' : 'has another version';
    throw new FileStoreError('version-mismatch', `${JSON.stringify(path)} ${why}`, { path });
  }
}

/** @throws {FileStoreError} `version-mismatch`. */
export function checkSize(path: string, current: FileState | undefined, { ifSize }: AppendOptions): void {
  const size = current?.size ?? 0;
  if (ifSize !== undefined && ifSize !== size) {
    throw new FileStoreError('version-mismatch', `${JSON.stringify(path)} has ${size} bytes, not ${ifSize}`, { path });
  }
}

/** The error for a file that should not be there. */
export function alreadyExists(path: string): FileStoreError {
  return new FileStoreError('already-exists', `${JSON.stringify(path)} is already there`, { path });
}
