import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { inspect } from '../locations/inspect.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { checkReallyApart } from './check-really-apart.ts';

/** Options of {@link checkDirectories}. */
interface CheckDirectoriesOptions extends AbortOptions {
  /** Whether nothing is to be changed. Default: false. */
  readonly readOnly?: boolean | undefined;
}

/**
 * Checks that two locations are directories of which none lies in the other, also where a place has two names; the target need not be there.
 *
 * @param command What is about to be done, for messages. @param options With `readOnly` names alone tell: to look further takes a file at the target.
 * @throws {FileStoreError} `not-found`, `invalid-argument`.
 */
export async function checkDirectories(from: Location, to: Location, command: string, options: CheckDirectoriesOptions): Promise<void> {
  const found = await inspect(from, options);
  if (found.kind === 'missing') {
    throw notFoundError(from);
  }
  for (const [location, { kind }] of [[from, found] as const, [to, await inspect(to, options)] as const]) {
    if (kind === 'file') {
      const message = `${JSON.stringify(location.url)} is a file; ${command} is for directories, use "cp" for a file`;
      throw new FileStoreError('invalid-argument', message, { path: location.path });
    }
  }
  const [a, b] = [`${from.address}/`, `${to.address}/`];
  if (a.startsWith(b) || b.startsWith(a)) {
    const message = `${JSON.stringify(from.url)} and ${JSON.stringify(to.url)} lie in each other`;
    throw new FileStoreError('invalid-argument', message, { path: from.path });
  }
  if (options.readOnly !== true) {
    await checkReallyApart(from, to, 'copied', options);
  }
}
