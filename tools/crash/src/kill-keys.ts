import type { Random } from './random.ts';

/** How many files there are of each family. */
const keysPerFamily = 20;

/** What is done to a file: increments by compare-and-set; creates, replacements and deletions; leases. */
export const families = ['counter', 'file', 'lease'] as const;

/** One of {@link families}, the first segment of a path. */
export type Family = (typeof families)[number];

/** For so many milliseconds all processes crowd on the same few keys, by the clock, so that they race. */
const crowdMs = 400;

/** How many keys they crowd on. */
const crowdedKeys = 2;

/** Every file of the kill test. */
export const allPaths: readonly string[] = families.flatMap((family) =>
  Array.from({ length: keysPerFamily }, (_, key) => pathOf(family, key)),
);

/** The family of a path. */
export function isOf(family: Family, path: string): boolean {
  return path.startsWith(`${family}/`);
}

/** One of the files that all processes are at now. */
export function pickPath(family: Family, random: Random): string {
  return pathOf(family, (Math.floor(Date.now() / crowdMs) + random.below(crowdedKeys)) % keysPerFamily);
}

function pathOf(family: Family, key: number): string {
  return `${family}/${key}`;
}
