import { editDistance } from '../edit-distance.ts';
import { UsageError } from '../usage-error.ts';
import type { StoreScheme } from './store-scheme.ts';

/** A store URL in its two parts. */
export interface ParsedUrl {
  readonly scheme: StoreScheme;
  /** What follows the colon. */
  readonly rest: string;
}

/**
 * Takes a store URL apart.
 *
 * @throws {UsageError} For a plain path and an unknown scheme, with the URL that was probably meant and the schemes there are.
 */
export function parseUrl(url: string, schemes: Readonly<Record<string, StoreScheme>>): ParsedUrl {
  // One letter is a drive of Windows.
  const [, name, rest] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(url) ?? [];
  if (name === undefined || rest === undefined) {
    throw new UsageError(
      `${JSON.stringify(url)} is not a store URL; did you mean ${JSON.stringify(`local:${url}`)}? ${listKnown(schemes)}`,
    );
  }
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (scheme === undefined) {
    throw new UsageError(`unknown scheme "${name}:"${suggest(name, rest, schemes)} ${listKnown(schemes)}`);
  }
  return { scheme, rest };
}

function listKnown(schemes: Readonly<Record<string, StoreScheme>>): string {
  const usages = Object.values(schemes).map(({ usage }) => usage);
  return `(known are ${usages.join(', ')})`;
}

function suggest(name: string, rest: string, schemes: Readonly<Record<string, StoreScheme>>): string {
  const meant = Object.keys(schemes).find((known) => editDistance(name.toLowerCase(), known) <= 2);
  return meant === undefined ? '' : `; did you mean ${JSON.stringify(`${meant}:${rest}`)}?`;
}
