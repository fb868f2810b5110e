import { isUtf8 } from 'node:buffer';
import type { FileStoreCapabilities } from '../../file-store.ts';
import type { FileStoreErrorCode } from '../../file-store-error.ts';
import { deletesByVersion } from '../../write-options.ts';
import type { ModelCommand } from './model-command.ts';
import type { ReferenceFiles } from './reference-files.ts';
import type { ResolvedCondition } from './resolve-condition.ts';

type Codes = readonly FileStoreErrorCode[];

/** The codes of which a command must fail with one, whichever the store meets first; none when it must succeed. */
export function expectedErrors(
  files: ReferenceFiles,
  command: ModelCommand,
  condition: ResolvedCondition,
  capabilities: FileStoreCapabilities,
): Codes {
  const refused = [...invalidCondition(condition), ...unsupported(command, condition, capabilities)];
  if (refused.length > 0) {
    return refused;
  }
  switch (command.do) {
    case 'write':
    case 'append':
      return [...lostCondition(files, command.path, condition), ...pathConflict(files, command.path, capabilities)];
    case 'copy':
    case 'move': {
      const missing: Codes = files.get(command.path) === undefined ? ['not-found'] : [];
      const conflict = command.path === command.to ? [] : pathConflict(files, command.to, capabilities);
      return [...missing, ...lostCondition(files, command.to, condition), ...conflict];
    }
    case 'delete':
      return lostCondition(files, command.path.replace(/\/$/, ''), condition);
    case 'list':
    case 'exists':
      return [];
    case 'entries':
      return (command.options.limit ?? 0) < 0 ? ['invalid-argument'] : [];
    case 'stat':
      return files.get(command.path) === undefined ? ['not-found'] : [];
    default:
      return readErrors(files, command);
  }
}

function invalidCondition({ ifAbsent, ifVersion, ifSize = 0 }: ResolvedCondition): Codes {
  const isInvalid = ifVersion === '' || (ifAbsent === true && ifVersion !== undefined) || ifSize < 0;
  return isInvalid ? ['invalid-argument'] : [];
}

function unsupported(command: ModelCommand, { ifAbsent, ifVersion }: ResolvedCondition, capabilities: FileStoreCapabilities): Codes {
  const lacksConditions = !capabilities.conditions && (ifAbsent === true || ifVersion !== undefined);
  const lacksDelete = command.do === 'delete' && ifVersion !== undefined && !deletesByVersion(capabilities);
  const lacksAppend = !capabilities.append && command.do === 'append';
  return lacksConditions || lacksDelete || lacksAppend ? ['unsupported'] : [];
}

function lostCondition(files: ReferenceFiles, path: string, { ifAbsent, ifVersion, ifSize }: ResolvedCondition): Codes {
  const file = files.get(path);
  const codes: FileStoreErrorCode[] = [];
  if (ifAbsent === true && file !== undefined) {
    codes.push('already-exists');
  }
  if (ifVersion !== undefined && ifVersion !== file?.version) {
    codes.push('version-mismatch');
  }
  if (ifSize !== undefined && ifSize !== (file?.bytes.byteLength ?? 0)) {
    codes.push('version-mismatch');
  }
  return codes;
}

function pathConflict(files: ReferenceFiles, path: string, { fileBesideDirectory }: FileStoreCapabilities): Codes {
  return !fileBesideDirectory && (files.isDirectory(path) || files.liesBelowFile(path)) ? ['path-conflict'] : [];
}

/** Whether a command would bring a file and a directory of one name. */
export function bringsFileBesideDirectory(files: ReferenceFiles, command: ModelCommand): boolean {
  const target = command.do === 'write' || command.do === 'append' ? command.path : 'to' in command ? command.to : undefined;
  return target !== undefined && (files.isDirectory(target) || files.liesBelowFile(target));
}

function readErrors(files: ReferenceFiles, { do: how, path, range = {} }: Extract<ModelCommand, { range?: unknown }>): Codes {
  const { start = 0, end = Number.POSITIVE_INFINITY } = range;
  if (start < 0 || end < start) {
    return ['invalid-argument'];
  }
  const file = files.get(path);
  if (file === undefined) {
    return ['not-found'];
  }
  return how === 'read' && !isUtf8(file.bytes.subarray(start, end)) ? ['corrupt'] : [];
}
