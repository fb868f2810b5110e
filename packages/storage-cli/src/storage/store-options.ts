/** Options of every command on what an agent server keeps: where it lies. */
export interface StoreOptions {
  /** A store URL. Default: `OH_STORAGE_URL`, then `store` of the configuration, then what OpenHands is configured with. */
  readonly store?: string | undefined;
  /** The `config.toml` of OpenHands that names the store. Default: the one in the working directory, if there is one. */
  readonly config?: string | undefined;
  /** How the data lies. Default: as in the configuration, else found out. */
  readonly layout?: LayoutName | undefined;
  /** Whose data it is. Default: as in the configuration, else nobody's in particular. */
  readonly user?: string | undefined;
}

/**
 * What a command does with a storage: `read` changes nothing; `write` may; with `outbox` it takes over the outbox of this name, and whoever had it open makes no
 * more changes.
 */
export type StorageAccess = 'read' | 'write' | { readonly outbox: string };

/** The name of a layout. */
export type LayoutName = (typeof layoutNames)[number];

/** Names of the layouts. */
export const layoutNames = ['home', 'sessions'] as const;
