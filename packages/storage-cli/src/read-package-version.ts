import { readFileSync } from 'node:fs';

/** The version in this package's package.json, which lies one level above `src` and `dist` alike. */
export function readPackageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
