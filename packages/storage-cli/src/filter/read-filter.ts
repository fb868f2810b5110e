import type { FilterPatterns } from './path-filter.ts';

/** Tells what is left out; see `PathFilter.leavesOut`. */
export type LeavesOut = (path: string) => boolean;

/** The filter of a command; `undefined` where it takes everything. */
export async function readFilter({ exclude, include }: FilterPatterns): Promise<LeavesOut | undefined> {
  if (exclude === undefined && include === undefined) {
    return undefined;
  }
  const { PathFilter } = await import('./path-filter.ts');
  const filter = new PathFilter({ exclude, include });
  return (path) => filter.leavesOut(path);
}
