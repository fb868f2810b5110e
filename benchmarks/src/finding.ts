/** What a finding is measured in. */
export type Unit = '/s' | 'MiB/s' | 'MiB' | 's' | 'ms' | 'requests';

/** One line of the table. */
export interface Finding {
  /** What the store did. */
  readonly what: string;
  /** What the store reached. */
  readonly ours: number;
  readonly unit: Unit;
  /** What it was compared with; `undefined` where a figure stands for itself. */
  readonly other?: { readonly name: string; readonly reached: number; readonly ratio: number } | undefined;
  /** The target. Default: none, the line is for information. */
  readonly wanted?: Wanted | undefined;
}

/** A target: the ratio is at least, or below; or the store's own figure is at least, or below. */
export type Wanted =
  | { readonly ratioAtLeast: number }
  | { readonly ratioBelow: number }
  | { readonly atLeast: number }
  | { readonly below: number };

/** Whether the target was met; `undefined` where there is none. */
export function isMet({ ours, other, wanted }: Finding): boolean | undefined {
  if (wanted === undefined) {
    return undefined;
  }
  if ('below' in wanted) {
    return ours < wanted.below;
  }
  if ('atLeast' in wanted) {
    return ours >= wanted.atLeast;
  }
  return other !== undefined && ('ratioBelow' in wanted ? other.ratio < wanted.ratioBelow : other.ratio >= wanted.ratioAtLeast);
}
