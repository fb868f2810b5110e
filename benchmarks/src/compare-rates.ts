import { compareRounds, type Rounds } from './compare-rounds.ts';
import type { Finding, Wanted } from './finding.ts';
import { measureRates, type Side } from './measure-rates.ts';
import type { RowContext } from './rows/row-context.ts';

/** What the store is compared with. */
export interface Other extends Side {
  readonly wanted?: Wanted | undefined;
}

/** What is compared by {@link compareRates}. */
export interface Contest {
  readonly what: string;
  /** Operations at once. */
  readonly inFlight: number;
  /** Operations of each runner between two readings of the clock, where several run at once. Default: that of {@link measureRates}. */
  readonly operationsPerRunner?: number | undefined;
  readonly ours: Side;
  readonly others: readonly Other[];
}

/** One finding for each of the others, all from the same rounds. */
export async function compareRates(contest: Contest, context: RowContext): Promise<Finding[]> {
  const { what, inFlight, operationsPerRunner, ours, others } = contest;
  const rates = await measureRates([ours, ...others], { inFlight, operationsPerRunner }, context);
  return others.map((other) => ({
    what,
    unit: '/s',
    ...compareRounds(roundsOf(rates, ours), roundsOf(rates, other)),
    wanted: other.wanted,
  }));
}

function roundsOf(rates: ReadonlyMap<Side, readonly number[]>, side: Side): Rounds {
  return { name: side.name, reached: rates.get(side) ?? [] };
}
