import type { Exposable, Secret } from '@oh/file-store-core/secrets';
import type { McpConfig, McpConfigInput } from './mcp-config.ts';

/**
 * The settings of a user or an installation, `settings.json`, with the field names of the file; null: not set. Fields that are not
 * named here are kept as they are.
 *
 * Keys are {@link Secret}s: `settings.llm_api_key?.expose()` gives the text, everything else shows a mask.
 */
export interface Settings {
  /** The language of the user interface, such as `en`. */
  readonly language: string | null;
  /** The agent that new conversations get, such as `CodeActAgent`. */
  readonly agent: string | null;
  /** Steps after which an agent is stopped. */
  readonly max_iterations: number | null;
  /** What judges the risk of an action, such as `llm`. */
  readonly security_analyzer: string | null;
  /** Whether the user confirms actions. */
  readonly confirmation_mode: boolean | null;
  /** The model that answers, such as `anthropic/claude-sonnet-4`. */
  readonly llm_model: string | null;
  /** The key of the model's provider. */
  readonly llm_api_key: Secret | null;
  /** Where the model is reached. */
  readonly llm_base_url: string | null;
  /** How many resources a remote runtime gets, as a factor. */
  readonly remote_runtime_resource_factor: number | null;
  /** Whether long conversations are condensed. Default: true. */
  readonly enable_default_condenser: boolean;
  /** Whether the user interface makes sounds. Default: false. */
  readonly enable_sound_notifications: boolean;
  /** Whether the user interface proposes how to begin. Default: true. */
  readonly enable_proactive_conversation_starters: boolean;
  /** Whether issues are judged for whether they can be solved. Default: true. */
  readonly enable_solvability_analysis: boolean;
  /** Whether the user agrees to analytics; null: not asked yet. */
  readonly user_consents_to_analytics: boolean | null;
  /** The image that a sandbox is built from. */
  readonly sandbox_base_container_image: string | null;
  /** The image that a sandbox runs. */
  readonly sandbox_runtime_container_image: string | null;
  /** The MCP servers that agents may use. */
  readonly mcp_config: McpConfig | null;
  /** The key of the search engine. */
  readonly search_api_key: Secret | null;
  /** The key of a remote sandbox. */
  readonly sandbox_api_key: Secret | null;
  /** In US dollars. */
  readonly max_budget_per_task: number | null;
  /** Events that the condenser leaves; at least 20. */
  readonly condenser_max_size: number | null;
  /** The user's address. */
  readonly email: string | null;
  /** Whether the address was confirmed. */
  readonly email_verified: boolean | null;
  /** The author of commits. */
  readonly git_user_name: string | null;
  /** The address of the author of commits. */
  readonly git_user_email: string | null;
  /** Whether new conversations are of version 1. */
  readonly v1_enabled: boolean | null;
  /** Fields of other versions; a number that a double cannot hold is a `RawNumber`, the keys of `agent_settings` and `llm_profiles` are `Secret`s. */
  readonly [field: string]: unknown;
}

/** A key to store: a text or what exposes one. A mask means "unchanged"; null, or a blank text, takes the key away. */
export type SecretInput = string | Exposable | null;

/** The fields of an object type without its index signature. */
type KnownFields<T> = { [Field in keyof T as string extends Field ? never : Field]: T[Field] };

/** The fields that are keys. */
type SecretField = 'llm_api_key' | 'search_api_key' | 'sandbox_api_key';

/** What a field may be given as: numbers and booleans also as texts such as `"5"` or `"yes"`, as pydantic reads them. */
type Lax<T> = T extends number | boolean ? number | string | boolean : T;

/** The known fields of {@link SettingsInput}. */
type KnownInput = {
  readonly [Field in keyof Omit<KnownFields<Settings>, SecretField | 'mcp_config'>]?: Lax<Settings[Field]> | undefined;
};

/**
 * Changes of {@link Settings}, which says what the fields mean: a field that is left out, or `undefined`, keeps its value; null
 * takes it back.
 */
export interface SettingsInput extends KnownInput {
  readonly llm_api_key?: SecretInput | undefined;
  readonly search_api_key?: SecretInput | undefined;
  readonly sandbox_api_key?: SecretInput | undefined;
  readonly mcp_config?: McpConfigInput | null | undefined;
  /** Fields of other versions, written as they are. */
  readonly [field: string]: unknown;
}
