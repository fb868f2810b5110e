/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text that may be a secret: one that is shown as `**********`, such as a `Secret` of `@oh/secrets-store`, or a plain one. */
export type HiddenText = string | { expose(): string };

/** The text itself. */
export function exposeText(text: HiddenText): string {
  return typeof text === 'string' ? text : text.expose();
}

/** What to open, in the words of OpenHands' `config.toml`; what is left out has its default. */
export interface StorageConfig {
  /** `local`, `memory`, `s3`, `google_cloud`, or a name given to `registerFileStore`. Default: `local`. */
  readonly file_store?: string | undefined;
  /**
   * The directory of the local disk, the bucket, or what a registered store understands by it. Default: `~/.openhands` for `local`; for `s3` and
   * `google_cloud` the bucket that the environment names.
   */
  readonly file_store_path?: string | undefined;
  /** The directory of the bucket that is the root of the store. Default: the bucket itself. OpenHands has no such key. */
  readonly file_store_prefix?: string | undefined;
  /** Where changes are told. Default: nowhere. */
  readonly file_store_web_hook_url?: string | undefined;
  /** Sent with every notice. Default: `X-Session-API-Key` with `SESSION_API_KEY` of the environment, if it is set. */
  readonly file_store_web_hook_headers?: Readonly<Record<string, HiddenText>> | undefined;
  /** Whether notices are sent in batches. Default: false. */
  readonly file_store_web_hook_batch?: boolean | undefined;
  /** The class of the conversations, `MODULE#Name` or `MODULE.Name`. Default: `FileConversationStore`. */
  readonly conversation_store_class?: string | undefined;
  /** The class of the secrets. Default: `FileSecretsStore`. */
  readonly secrets_store_class?: string | undefined;
  /** The class of the settings. Default: `FileSettingsStore`. */
  readonly settings_store_class?: string | undefined;
  /** The file that the configuration was read from: the settings in it count, and modules are found from its folder. Default: none. */
  readonly config_file?: ConfigFile | undefined;
}

/** A `config.toml` that was read. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** What stands in it, keys among it. */
  readonly text: HiddenText;
}

/** The keys of a {@link StorageConfig} that a file or the environment may give, with the section they stand in. */
export const configKeys = {
  file_store: 'core',
  file_store_path: 'core',
  file_store_prefix: 'core',
  file_store_web_hook_url: 'core',
  file_store_web_hook_headers: 'core',
  file_store_web_hook_batch: 'core',
  conversation_store_class: 'server',
  secrets_store_class: 'server',
  settings_store_class: 'server',
} as const;

/** One of {@link configKeys}. */
export type ConfigKey = keyof typeof configKeys;
