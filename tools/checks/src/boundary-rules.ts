import { isBuiltin } from 'node:module';
import { dirname, resolve, sep } from 'node:path';
import { type Layer, layerOf, layerRules } from './layer.ts';
import type { ModuleReference } from './module-reference.ts';
import type { UsingDeclaration } from './using-declaration.ts';
import type { PackageManifest, WorkspacePackage } from './workspace-package.ts';

/** What the rules know besides the file at hand. */
export interface Workspace {
  readonly packages: readonly WorkspacePackage[];
  /** The root's devDependencies: what private tools may use without declaring it again. */
  readonly sharedTools: readonly string[];
}

/** A source file of a package. */
export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  /** `bin` and `src` are shipped; `test` may import any package that exists, but by its name. */
  readonly folder: 'bin' | 'src' | 'test';
  readonly owner: WorkspacePackage;
}

/** A broken rule in a package.json; `name` is the entry at fault, if there is one. */
export interface ManifestFault {
  readonly name?: string;
  readonly message: string;
}

const publishedFields = ['dependencies', 'peerDependencies', 'optionalDependencies'] as const;

/** The rules that a package.json breaks; devDependencies are free. */
export function checkManifest({ manifest }: WorkspacePackage, workspace: Workspace): ManifestFault[] {
  const layer = layerOf(manifest);
  if (layer === undefined) {
    const tags = Object.keys(layerRules).map((name) => `"layer:${name}"`);
    return [{ message: `package without a layer: nx.tags must hold exactly one of ${tags.join(', ')}` }];
  }
  return publishedFields.flatMap((field) =>
    Object.keys(manifest[field] ?? {}).flatMap((name) => {
      const optionalPeer = field === 'peerDependencies' && manifest.peerDependenciesMeta?.[name]?.optional === true;
      const message =
        layer === 'core' && field !== 'peerDependencies'
          ? `core has no runtime dependencies: remove "${name}" from ${field}`
          : layerFault(layer, layerOfPackage(name, workspace), name, optionalPeer);
      return message === undefined ? [] : [{ name, message }];
    }),
  );
}

/** The rule that a reference breaks and what to do, or undefined. */
export function checkReference(file: SourceFile, reference: ModuleReference, workspace: Workspace): string | undefined {
  const { specifier } = reference;
  const layer = layerOf(file.owner.manifest);
  if (specifier === undefined) {
    // Compose loads the classes that a configuration names.
    const free = file.folder === 'test' || layer === 'tool' || layer === 'compose';
    return free ? undefined : `import of a computed name cannot be checked: write the name as a literal`;
  }
  if (isBuiltin(specifier) || specifier.startsWith('#')) {
    return undefined;
  }
  if (/^\.{1,2}(\/|$)/.test(specifier)) {
    return relativeFault(file, specifier, workspace);
  }
  if (/^(\/|[a-z]+:)/i.test(specifier)) {
    return `import of the absolute location "${specifier}": import a package by its name`;
  }
  return bareFault(file, { ...reference, specifier }, workspace);
}

/** The fault of a `using` declaration in what is shipped, and what to do, or undefined. */
export function checkUsing({ folder, owner }: SourceFile, { keyword }: UsingDeclaration): string | undefined {
  if (folder === 'test' || layerOf(owner.manifest) === 'tool') {
    return undefined;
  }
  return (
    `declaration with "${keyword}": the sources run with their types stripped on Node 22 too, which does not know the syntax: ` +
    'call close() or [Symbol.asyncDispose]() in a finally block'
  );
}

function relativeFault(file: SourceFile, specifier: string, { packages }: Workspace): string | undefined {
  const target = resolve(dirname(file.path), specifier);
  if (isInside(target, file.owner.directory)) {
    return undefined;
  }
  const other = packages.find(({ directory }) => isInside(target, directory));
  if (other !== undefined) {
    return `import of ${other.manifest.name} by the relative path "${specifier}": import it by its name`;
  }
  return file.folder !== 'test' ? `import of "${specifier}", which lies outside the package: move it into src` : undefined;
}

function bareFault(
  file: SourceFile,
  reference: ModuleReference & { readonly specifier: string },
  workspace: Workspace,
): string | undefined {
  const { owner, folder } = file;
  const { name, subpath } = splitSpecifier(reference.specifier);
  const target = workspace.packages.find(({ manifest }) => manifest.name === name);
  if (target !== undefined && !offers(target.manifest, subpath)) {
    const offered = Object.keys(target.manifest.exports ?? {}).join(', ') || 'nothing';
    return `import of "${reference.specifier}", which ${name} does not export: it exports ${offered}`;
  }
  if (folder === 'test' || target === owner) {
    return undefined;
  }
  const layer = layerOf(owner.manifest);
  const fault = layer && layerFault(layer, target && layerOf(target.manifest), name, reference.kind === 'dynamic');
  return fault ?? (isDeclared(owner.manifest, layer, name, workspace) ? undefined : undeclaredFault(owner, name));
}

function layerFault(from: Layer, to: Layer | undefined, name: string, loaded: boolean): string | undefined {
  const rule = layerRules[from];
  if (to === undefined || rule.imports.includes(to) || (loaded && rule.loads.includes(to))) {
    return undefined;
  }
  const advice = to === 'tool' ? layerRules.tool.advice : rule.advice;
  return `layer ${from} may not import ${name} of layer ${to}: ${advice}`;
}

function undeclaredFault({ folder }: WorkspacePackage, name: string): string {
  return `import of ${name}, which ${folder}/package.json declares neither in dependencies nor in peerDependencies: declare it`;
}

function isDeclared(manifest: PackageManifest, layer: Layer | undefined, name: string, { sharedTools }: Workspace): boolean {
  const published = { ...manifest.dependencies, ...manifest.peerDependencies };
  return (
    Object.hasOwn(published, name) ||
    (layer === 'tool' && (Object.hasOwn(manifest.devDependencies ?? {}, name) || sharedTools.includes(name)))
  );
}

function layerOfPackage(name: string, { packages }: Workspace): Layer | undefined {
  const target = packages.find(({ manifest }) => manifest.name === name);
  return target && layerOf(target.manifest);
}

function splitSpecifier(specifier: string): { readonly name: string; readonly subpath: string } {
  const segments = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  return { name: segments.slice(0, length).join('/'), subpath: ['.', ...segments.slice(length)].join('/') };
}

function offers({ exports = {} }: PackageManifest, subpath: string): boolean {
  return Object.keys(exports).some((key) => {
    const [start = '', end] = key.split('*');
    return end === undefined ? key === subpath : subpath.startsWith(start) && subpath.endsWith(end) && subpath.length > key.length - 1;
  });
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory + sep);
}
