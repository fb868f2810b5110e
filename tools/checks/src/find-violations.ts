import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkManifest, checkReference, checkUsing, type SourceFile, type Workspace } from './boundary-rules.ts';
import { findReferences } from './module-reference.ts';
import { findUsingDeclarations } from './using-declaration.ts';
import { readWorkspacePackages, toWorkspacePath, type WorkspacePackage } from './workspace-package.ts';

/** A broken rule and where it is broken. */
export interface Violation {
  /** Relative to the workspace, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The rule and what to do. */
  readonly message: string;
}

/** What was looked at, so that a check that saw nothing cannot pass for one that found nothing. */
export interface BoundaryReport {
  readonly packages: number;
  readonly files: number;
  readonly imports: number;
  readonly violations: readonly Violation[];
}

/** Reads every package of a workspace and finds the imports and dependencies that break its architecture. */
export function findViolations(workspaceRoot: string): BoundaryReport {
  const workspace = readWorkspace(workspaceRoot);
  const violations: Violation[] = [];
  let files = 0;
  let imports = 0;
  for (const owner of workspace.packages) {
    violations.push(...manifestViolations(owner, workspace));
    const sources = sourceFilesOf(owner);
    if (!sources.some(({ folder }) => folder === 'src')) {
      violations.push({ file: owner.folder, line: 1, message: 'package without a source file in src: nothing was checked' });
    }
    for (const source of sources) {
      const { references, faults } = readSource(source, workspace);
      files += 1;
      imports += references;
      violations.push(...faults.map((fault) => ({ file: toWorkspacePath(workspaceRoot, source.path), ...fault })));
    }
  }
  return { packages: workspace.packages.length, files, imports, violations };
}

function readWorkspace(workspaceRoot: string): Workspace {
  const root = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as { readonly devDependencies?: object };
  return { packages: readWorkspacePackages(workspaceRoot), sharedTools: Object.keys(root.devDependencies ?? {}) };
}

function manifestViolations(owner: WorkspacePackage, workspace: Workspace): Violation[] {
  return checkManifest(owner, workspace).map(({ name, message }) => {
    const index = name === undefined ? -1 : owner.manifestText.split('\n').findIndex((text) => text.includes(`"${name}":`));
    return { file: `${owner.folder}/package.json`, line: Math.max(index, 0) + 1, message };
  });
}

function sourceFilesOf(owner: WorkspacePackage): SourceFile[] {
  return (['bin', 'src', 'test'] as const).flatMap((folder) => {
    const directory = join(owner.directory, folder);
    const entries = existsSync(directory) ? readdirSync(directory, { recursive: true, withFileTypes: true }) : [];
    return entries
      .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
      .map((entry) => ({ path: join(entry.parentPath, entry.name), folder, owner }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  });
}

function readSource(file: SourceFile, workspace: Workspace): { references: number; faults: Omit<Violation, 'file'>[] } {
  const source = readFileSync(file.path, 'utf8');
  const { references, syntaxErrors } = findReferences(file.path, source);
  const imports = references.flatMap((reference) => {
    const message = checkReference(file, reference, workspace);
    return message === undefined ? [] : [{ line: reference.line, message }];
  });
  const usings = findUsingDeclarations(file.path, source).flatMap((declaration) => {
    const message = checkUsing(file, declaration);
    return message === undefined ? [] : [{ line: declaration.line, message }];
  });
  const unread = syntaxErrors.map(({ line, message }) => ({ line, message: `cannot be parsed, so it cannot be checked: ${message}` }));
  return { references: references.length, faults: [...unread, ...imports, ...usings] };
}
