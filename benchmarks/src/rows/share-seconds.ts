import type { RowContext } from './row-context.ts';

/** Sides for which a contest has the full time each; more of them share it. */
const sidesInFull = 4;

/** The context for a contest of many sides, which together take no longer than a few would. */
export function shareSeconds(context: RowContext, sides: number): RowContext {
  return { ...context, seconds: (context.seconds * Math.min(sides, sidesInFull)) / sides };
}
