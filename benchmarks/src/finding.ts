import type { Growth } from './growth.ts';

/** What a finding is measured in. */
export type Unit = '/s' | 'MiB/s' | 'MiB' | 's' | 'ms' | 'µs' | 'requests' | 'packages' | 'torn reads' | 'lost updates';

/** What the store was compared with. */
export interface Compared {
  readonly name: string;
  readonly reached: number;
  /** The median of the ratios, ours to the other's. */
  readonly ratio: number;
  /** The quartiles between which the middle half of the ratios lie. Default: there is one ratio only. */
  readonly spread?: Spread | undefined;
}

/** The middle half of some values. */
export interface Spread {
  readonly low: number;
  readonly high: number;
}

/** One line of the table. */
export interface Finding {
  /** What the store did. */
  readonly what: string;
  /** What the store reached. */
  readonly ours: number;
  readonly unit: Unit;
  /** What it was compared with; `undefined` where a figure stands for itself. */
  readonly other?: Compared | undefined;
  /** Why it was not compared: what is not installed, or cannot do it. Default: nothing is missing. */
  readonly notCompared?: string | undefined;
  /** What it costs among fewer items; `ours` is what it costs among the most. Default: it was measured among one number of items. */
  readonly growth?: Growth | undefined;
  /** The target. Default: none, the line is for information. */
  readonly wanted?: Wanted | undefined;
}

/** A target: the ratio is at least, or below; or the store's own figure is at least, or below; or the exponent of its growth is below. */
export type Wanted =
  | { readonly ratioAtLeast: number }
  | { readonly ratioBelow: number }
  | { readonly atLeast: number }
  | { readonly below: number }
  | { readonly exponentBelow: number };

/** Whether the target was met; `undefined` where there is none. */
export function isMet({ ours, other, growth, wanted }: Finding): boolean | undefined {
  if (wanted === undefined) {
    return undefined;
  }
  if ('below' in wanted) {
    return ours < wanted.below;
  }
  if ('atLeast' in wanted) {
    return ours >= wanted.atLeast;
  }
  if ('exponentBelow' in wanted) {
    return growth !== undefined && growth.exponent < wanted.exponentBelow;
  }
  return other !== undefined && ('ratioBelow' in wanted ? other.ratio < wanted.ratioBelow : other.ratio >= wanted.ratioAtLeast);
}

/** Whether more of it is better. */
export function isHigherBetter(unit: Unit): boolean {
  return unit === '/s' || unit === 'MiB/s';
}
