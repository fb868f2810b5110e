import type { ConversationTrigger } from './conversation-trigger.ts';
import type { ProviderType } from './provider-type.ts';

/**
 * The record of a conversation, `metadata.json`, with the field names of the file. Fields that are not named here are kept as they are.
 *
 * Datetimes are ISO texts as OpenHands writes them: microseconds and offset are kept, see `toEpochMicros` for comparing.
 */
export interface ConversationMetadata {
  /** Names the conversation and its directory. */
  readonly conversation_id: string;
  /** The repository worked on, `owner/name`. */
  readonly selected_repository: string | null;
  /** Whose conversation it is; null or empty: nobody's. */
  readonly user_id: string | null;
  /** The branch worked on. */
  readonly selected_branch: string | null;
  /** Where the repository lies; a provider unknown to this version is kept as it is. */
  readonly git_provider: ProviderType | (string & {}) | null;
  /** What people call the conversation. */
  readonly title: string | null;
  /** Last change, as a datetime. */
  readonly last_updated_at: string | null;
  /** What started the conversation; a trigger unknown to this version is kept as it is. */
  readonly trigger: ConversationTrigger | (string & {}) | null;
  /** Pull requests that belong to it. */
  readonly pr_number: readonly number[];
  /** Begin of the conversation, as a datetime; a search is ordered by it. */
  readonly created_at: string;
  /** The model that answers. */
  readonly llm_model: string | null;
  /** In US dollars. */
  readonly accumulated_cost: number;
  /** Tokens sent to the model, in all. */
  readonly prompt_tokens: number;
  /** Tokens that came from the model, in all. */
  readonly completion_tokens: number;
  /** `prompt_tokens` and `completion_tokens` together. */
  readonly total_tokens: number;
  /** The sandbox it runs in. */
  readonly sandbox_id: string | null;
  /** `V0` or `V1`. */
  readonly conversation_version: string | null;
  /** Fields of other versions; a number that a double cannot hold is a `RawNumber`. */
  readonly [field: string]: unknown;
}

/**
 * What is taken for a {@link ConversationMetadata}, which says what the fields mean: those left out get OpenHands' defaults, and numbers
 * may be texts such as `"5"`.
 */
export interface ConversationMetadataInput {
  /** Required. */
  readonly conversation_id: string;
  /** Required, and may be null. */
  readonly selected_repository: string | null;
  /** Default: null. */
  readonly user_id?: string | null | undefined;
  /** Default: null. */
  readonly selected_branch?: string | null | undefined;
  /** Default: null. */
  readonly git_provider?: ProviderType | (string & {}) | null | undefined;
  /** Default: null; in a record to save that of the stored record, else `Conversation` and the first five characters of the id. */
  readonly title?: string | null | undefined;
  /** An ISO text, or seconds (past 2e10: milliseconds) since 1970. Default: null. */
  readonly last_updated_at?: string | number | null | undefined;
  /** Default: null. */
  readonly trigger?: ConversationTrigger | (string & {}) | null | undefined;
  /** Default: `[]`. */
  readonly pr_number?: readonly (number | string | boolean)[] | undefined;
  /** As `last_updated_at`, but not null. It may be left out of a record to save, and must stand in one that is read. */
  readonly created_at?: string | number | undefined;
  /** Default: null. */
  readonly llm_model?: string | null | undefined;
  /** Default: 0. */
  readonly accumulated_cost?: number | string | boolean | undefined;
  /** A whole number. Default: 0. */
  readonly prompt_tokens?: number | string | boolean | undefined;
  /** A whole number. Default: 0. */
  readonly completion_tokens?: number | string | boolean | undefined;
  /** A whole number; it is not computed. Default: 0. */
  readonly total_tokens?: number | string | boolean | undefined;
  /** Default: null. */
  readonly sandbox_id?: string | null | undefined;
  /** Default: null. */
  readonly conversation_version?: string | null | undefined;
  /** Fields of other versions, written as they are. */
  readonly [field: string]: unknown;
}
