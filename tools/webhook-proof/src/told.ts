/** Something that a receiver was told and took, for the first time or again. */
export interface Told {
  /** The `webhook-id` of the request. */
  readonly id: string;
  readonly items: readonly ToldItem[];
}

/** One change in it. */
export interface ToldItem {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly content?: string;
}
