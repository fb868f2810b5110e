import type { CommandCondition, ModelCommand } from './model-command.ts';
import type { ReferenceFiles } from './reference-files.ts';

/** A condition as it is handed to a store. */
export interface ResolvedCondition {
  readonly ifAbsent?: true;
  readonly ifVersion?: string;
  readonly ifSize?: number;
}

/** What the condition of a command comes to now. */
export function resolveCondition(files: ReferenceFiles, command: ModelCommand): ResolvedCondition {
  if (!('condition' in command)) {
    return {};
  }
  const { ifAbsent, ifVersion, ifSize } = command.condition;
  const path = ('to' in command ? command.to : command.path).replace(/\/$/, '');
  return {
    ...(ifAbsent === undefined ? {} : { ifAbsent }),
    ...(ifVersion === undefined ? {} : { ifVersion: resolveVersion(files, path, ifVersion) }),
    ...(ifSize === undefined ? {} : { ifSize: resolveSize(files, path, ifSize) }),
  };
}

function resolveVersion(files: ReferenceFiles, path: string, which: NonNullable<CommandCondition['ifVersion']>): string {
  const none = 'no-version-of-any-file';
  switch (which) {
    case 'current':
      return files.get(path)?.version ?? files.staleVersion(path) ?? none;
    case 'stale':
      return files.staleVersion(path) ?? none;
    case 'other':
      return files.otherVersion(path) ?? none;
    case 'garbage':
      return `${files.get(path)?.version ?? none}x`;
    case 'empty':
      return '';
  }
}

function resolveSize(files: ReferenceFiles, path: string, which: NonNullable<CommandCondition['ifSize']>): number {
  const size = files.get(path)?.bytes.byteLength ?? 0;
  return { current: size, zero: 0, wrong: size + 1, negative: -1 }[which];
}
