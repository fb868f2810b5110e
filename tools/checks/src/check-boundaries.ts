import { resolve } from 'node:path';
import { findViolations } from './find-violations.ts';
import { workspaceRoot } from './workspace-root.ts';

/**
 * Prints every broken rule as `file:line: message`; exit code 1 when there is one, or when there was nothing to check.
 * Usage: `node check-boundaries.ts [workspace]`; default: this repository.
 */
function main(root: string): number {
  const { packages, files, imports, violations } = findViolations(root);
  for (const { file, line, message } of violations) {
    console.error(`${file}:${line}: ${message}`);
  }
  if (files === 0) {
    console.error('boundaries: no source file found, so nothing was checked');
    return 1;
  }
  const seen = `${packages} packages, ${files} files, ${imports} imports`;
  console.log(violations.length === 0 ? `boundaries: ${seen}: every rule holds` : `boundaries: ${seen}, violations: ${violations.length}`);
  return violations.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv[2] === undefined ? workspaceRoot : resolve(process.argv[2]));
