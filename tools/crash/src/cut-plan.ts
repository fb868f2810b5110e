import { everyKey } from './all-protocols.ts';
import { cutFlags } from './cut-image.ts';
import type { Random } from './random.ts';

/** What happens before a cut. */
export interface CutPlan {
  readonly flag: number;
  /** The cut comes when so many changes were acknowledged. */
  readonly changes: number;
  /** And so many milliseconds later, so that it can meet any step of any change. */
  readonly momentMs: number;
  /** Arguments of the writer: none for a crowd that never stops, or a key and how often it is changed. */
  readonly lone: readonly string[];
}

const maxChanges = 150;
const maxLoneSteps = 12;
const maxMomentMs = 15;

/**
 * Makes half of the cuts in a crowd, where the power goes in the midst of changes; and half after the last change of a single key, where
 * nothing else makes that change durable by the way: in a crowd the fsync of one file saves the names of all.
 *
 * @param protocols Their names.
 */
export function planCut(random: Random, protocols: readonly string[]): CutPlan {
  const flag = random.pick(cutFlags);
  const momentMs = random.below(maxMomentMs);
  if (random.below(2) === 0) {
    return { flag, momentMs, changes: random.below(maxChanges), lone: [] };
  }
  const { path, protocol } = random.pick([...everyKey(protocols)]);
  const steps = 1 + random.below(maxLoneSteps);
  return { flag, momentMs, changes: steps * protocol.workersPerKey, lone: [path, String(steps)] };
}
