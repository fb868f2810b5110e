import { probePath } from './inject-message.ts';
import { neighbourPath } from './neighbours.ts';
import type { RootState } from './root-state.ts';
import type { FileState, Files, Scenario } from './scenario.ts';

/** What is wrong with a root after an operation that succeeded, failed or was killed. */
export function judgeFiles(scenario: Scenario, ended: 'done' | 'failed' | 'killed', { files, complaints }: RootState): readonly string[] {
  const rest = Object.fromEntries(Object.entries(files).filter(([path]) => path !== probePath && path !== neighbourPath));
  const isOld = sameFiles(rest, scenario.before);
  const isNew = sameFiles(rest, scenario.after) || (ended === 'killed' && isFirstPart(scenario, rest));
  if (ended === 'done' ? isNew : isOld || isNew) {
    return complaints;
  }
  const paths = [...new Set([...Object.keys(rest), ...Object.keys(scenario.before), ...Object.keys(scenario.after)])].sort();
  const kinds = paths.map((path) => `${path} is ${kindOf(rest[path], scenario.before[path], scenario.after[path])}`);
  return [`it ${ended === 'done' ? 'succeeded' : ended === 'failed' ? 'failed' : 'was killed'}, but ${kinds.join(', ')}`, ...complaints];
}

function isFirstPart({ mayEndEarly, before, after }: Scenario, seen: Files): boolean {
  const path = mayEndEarly ?? '';
  const contents = seen[path]?.contents;
  const isPart = contents?.startsWith(before[path]?.contents ?? '') === true && after[path]?.contents.startsWith(contents) === true;
  return isPart && sameFiles({ ...seen, [path]: { contents: '' } }, { ...after, [path]: { contents: '' } });
}

function kindOf(seen: FileState | undefined, old: FileState | undefined, wanted: FileState | undefined): string {
  if (same(seen, old) && same(seen, wanted)) {
    return 'untouched';
  }
  if (same(seen, old)) {
    return 'the old one';
  }
  if (same(seen, wanted)) {
    return 'the new one';
  }
  return seen === undefined ? 'missing' : `torn (${seen.contents.length} bytes)`;
}

function sameFiles(seen: Files, wanted: Files): boolean {
  const paths = new Set([...Object.keys(seen), ...Object.keys(wanted)]);
  return [...paths].every((path) => same(seen[path], wanted[path]));
}

function same(a: FileState | undefined, b: FileState | undefined): boolean {
  return a?.contents === b?.contents && a?.contentType === b?.contentType && JSON.stringify(a?.metadata) === JSON.stringify(b?.metadata);
}
