import type { AbortOptions } from '@oh/file-store-core';
import { pathIn } from '../transfer/transfer-place.ts';
import { inspect } from './inspect.ts';
import type { Location } from './location.ts';

/** Where something goes. */
export interface Target {
  /** Path in the store of the location, `''` for its root. */
  readonly path: string;
  /** As {@link Location.address}. */
  readonly address: string;
  /** Whether it is a directory, or is meant to be one: contents may go below it, a file cannot take its place. */
  readonly isDirectory: boolean;
}

/** Where something named `name` goes: into a location that is a directory or ends in a slash, else it becomes the location. */
export async function findTarget(location: Location, name: string, options: AbortOptions): Promise<Target> {
  const isDirectory = location.wantsDirectory || (await inspect(location, options)).kind === 'directory';
  if (!isDirectory || name === '') {
    return { path: location.path, address: location.address, isDirectory };
  }
  return { path: pathIn(location, name), address: `${location.address}/${name}`, isDirectory: false };
}
