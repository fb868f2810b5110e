import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FileStoreError, isError } from '@oh/file-store-core';
import { resolve as importResolve } from 'import-meta-resolve';
import { type ClassKey, type NamedStores, openHandsClasses, requiredMethods, type StoreClassOptions } from './store-classes.ts';

/** A class that makes a store. */
export type StoreClass<Store> = new (options: StoreClassOptions) => Store;

/** What a file may end in when only its name is given, in the order in which it is looked for. */
const extensions = ['.js', '.mjs', '.ts'];

/**
 * Imports the class that the configuration names: `./my-store.js#Name`, `package/sub#Name`, or as OpenHands writes it `module.Name`.
 *
 * @param name Its value.
 * @param directory From where modules are found.
 * @returns `undefined` for the class of OpenHands that is the default here.
 * @throws {FileStoreError} `invalid-argument` for what names no class; `not-found` when there is no such module; `unsupported` when what it exports is no
 *   class or lacks a method, naming what is missing. What the module itself throws is thrown on.
 */
export async function loadStoreClass<Key extends ClassKey>(
  key: Key,
  name: string,
  directory: string,
): Promise<StoreClass<NamedStores[Key]> | undefined> {
  if (openHandsClasses[key].test(name)) {
    return undefined;
  }
  if (/^openhands\./.test(name)) {
    throw new FileStoreError('unsupported', `${key} names the Python class "${name}", which is not here`);
  }
  const { module, exported } = parseName(key, name);
  // webpack would look for it in its bundle.
  const found: Readonly<Record<string, unknown>> = await import(/* webpackIgnore: true */ locate(key, module, directory));
  const candidate = found[exported];
  if (typeof candidate !== 'function') {
    const exports = Object.keys(found).join(', ') || 'nothing';
    throw new FileStoreError('unsupported', `${key}: "${module}" exports no class ${exported}, but ${exports}`);
  }
  const prototype: unknown = candidate.prototype;
  const missing = Object.keys(requiredMethods[key]).filter((method) => !hasMethod(prototype, method));
  if (missing.length > 0) {
    throw new FileStoreError('unsupported', `${key}: ${exported} of "${module}" lacks the methods ${missing.join(', ')}`);
  }
  return candidate as StoreClass<NamedStores[Key]>;
}

function hasMethod(prototype: unknown, method: string): boolean {
  return typeof prototype === 'object' && prototype !== null && typeof Reflect.get(prototype, method) === 'function';
}

function parseName(key: ClassKey, name: string): { readonly module: string; readonly exported: string } {
  const isPath = /^\.{1,2}\/|\\/.test(name) || isAbsolute(name);
  const [, module, exported] =
    /^([^#]+)#([\p{L}_$][\p{L}\p{N}_$]*)$/u.exec(name) ?? (isPath ? [] : (/^(.+)\.([\p{L}_$][\p{L}\p{N}_$]*)$/u.exec(name) ?? []));
  if (module === undefined || exported === undefined) {
    const message = `${key} is "./module.js#Name", "package#Name" or "module.Name", not ${JSON.stringify(name)}`;
    throw new FileStoreError('invalid-argument', message);
  }
  return { module, exported };
}

/** The URL of a module, found as an `import` in the directory finds it, or else as Python does: `custom` in a file of that name. */
function locate(key: ClassKey, module: string, directory: string): string {
  const path = resolve(directory, module.replaceAll('.', '/'));
  const candidates = [resolveImport(module, directory), ...extensions.map((extension) => pathToFileURL(path + extension).href)];
  const url = candidates.find((each) => each !== undefined && (!each.startsWith('file:') || existsSync(fileURLToPath(each))));
  if (url === undefined) {
    throw new FileStoreError('not-found', `${key}: there is no module ${JSON.stringify(module)}, looked for from "${directory}"`);
  }
  return url;
}

/** @returns The URL of a file that need not be there, or `undefined` when there is no such package. */
function resolveImport(module: string, directory: string): string | undefined {
  try {
    const specifier = isAbsolute(module) ? pathToFileURL(module).href : module;
    return importResolve(specifier, pathToFileURL(join(directory, 'config.toml')).href);
  } catch (error) {
    if (isError(error) && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      return undefined;
    }
    throw error;
  }
}
