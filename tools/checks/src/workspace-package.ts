import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The part of a package.json that the checks read. */
export interface PackageManifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

/** A folder of the workspace that has a package.json. */
export interface WorkspacePackage {
  /** Absolute. */
  readonly directory: string;
  /** Relative to the workspace, with `/`: `packages/file-store-core`. */
  readonly folder: string;
  readonly manifest: PackageManifest;
  /** The package.json as it is written, for line numbers. */
  readonly manifestText: string;
}

/** The npm `workspaces` of a repository, ordered by folder; patterns of the forms `folder` and `folder/*` only. */
export function readWorkspacePackages(workspaceRoot: string): WorkspacePackage[] {
  const root = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as { readonly workspaces: readonly string[] };
  return root.workspaces
    .flatMap((pattern) => foldersOf(workspaceRoot, pattern))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => readPackage(workspaceRoot, directory))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** A path relative to the workspace, with `/` on every platform. */
export function toWorkspacePath(workspaceRoot: string, path: string): string {
  return relative(workspaceRoot, path).split(sep).join('/');
}

function foldersOf(workspaceRoot: string, pattern: string): string[] {
  const parent = /^(?<parent>[^*]+)\/\*$/.exec(pattern)?.groups?.['parent'];
  if (parent === undefined && pattern.includes('*')) {
    throw new Error(`unknown form of workspace pattern: ${pattern}; this reads "folder" and "folder/*"`);
  }
  const directory = join(workspaceRoot, parent ?? pattern);
  if (parent === undefined) {
    return [directory];
  }
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

function readPackage(workspaceRoot: string, directory: string): WorkspacePackage {
  const manifestText = readFileSync(join(directory, 'package.json'), 'utf8');
  const manifest = JSON.parse(manifestText) as PackageManifest;
  return { directory, folder: toWorkspacePath(workspaceRoot, directory), manifest, manifestText };
}
