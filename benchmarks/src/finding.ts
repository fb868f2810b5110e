/** What a finding is measured in. */
export type Unit = '/s' | 'MiB/s' | 'MiB' | 's';

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

/** A target: the ratio is at least, or the store's own figure below. */
export type Wanted = { readonly ratioAtLeast: number } | { readonly below: number };

/** Whether the target was met; `undefined` where there is none. */
export function isMet({ ours, other, wanted }: Finding): boolean | undefined {
  if (wanted === undefined) {
    return undefined;
  }
  return 'below' in wanted ? ours < wanted.below : other !== undefined && other.ratio >= wanted.ratioAtLeast;
}
