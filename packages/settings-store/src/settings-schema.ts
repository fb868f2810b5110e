import { z } from 'zod';
import { keySchema, laxBooleanSchema, laxFloatSchema, laxIntegerSchema } from './lax-schema.ts';
import { mcpConfigSchema, type PlainMcpConfig } from './mcp-config-schema.ts';

const text: z.ZodType<string | null> = z.string().nullable().default(null);
const key: z.ZodType<string | null> = keySchema.default(null);
const flag: z.ZodType<boolean | null> = laxBooleanSchema.nullable().default(null);
const integer: z.ZodType<number | null> = laxIntegerSchema.nullable().default(null);

/** Fewest events that OpenHands lets the condenser leave. */
const minCondenserSize = 20;

const condenserSize: z.ZodType<number | null> = laxIntegerSchema
  .refine((size) => size >= minCondenserSize, `condenser_max_size must be at least ${minCondenserSize}`)
  .meta({ type: 'integer', minimum: minCondenserSize })
  .nullable()
  .default(null);

/** The schemas of the known fields, keys in plain text. */
export type SettingsShape = {
  readonly language: z.ZodType<string | null>;
  readonly agent: z.ZodType<string | null>;
  readonly max_iterations: z.ZodType<number | null>;
  readonly security_analyzer: z.ZodType<string | null>;
  readonly confirmation_mode: z.ZodType<boolean | null>;
  readonly llm_model: z.ZodType<string | null>;
  readonly llm_api_key: z.ZodType<string | null>;
  readonly llm_base_url: z.ZodType<string | null>;
  readonly remote_runtime_resource_factor: z.ZodType<number | null>;
  readonly enable_default_condenser: z.ZodType<boolean>;
  readonly enable_sound_notifications: z.ZodType<boolean>;
  readonly enable_proactive_conversation_starters: z.ZodType<boolean>;
  readonly enable_solvability_analysis: z.ZodType<boolean>;
  readonly user_consents_to_analytics: z.ZodType<boolean | null>;
  readonly sandbox_base_container_image: z.ZodType<string | null>;
  readonly sandbox_runtime_container_image: z.ZodType<string | null>;
  readonly mcp_config: z.ZodType<PlainMcpConfig | null>;
  readonly search_api_key: z.ZodType<string | null>;
  readonly sandbox_api_key: z.ZodType<string | null>;
  readonly max_budget_per_task: z.ZodType<number | null>;
  readonly condenser_max_size: z.ZodType<number | null>;
  readonly email: z.ZodType<string | null>;
  readonly email_verified: z.ZodType<boolean | null>;
  readonly git_user_name: z.ZodType<string | null>;
  readonly git_user_email: z.ZodType<string | null>;
  readonly v1_enabled: z.ZodType<boolean | null>;
};

/**
 * Reads settings as OpenHands 0.62 does, from what `JSON.parse` gives and with keys in plain text: the same values are accepted, with
 * the same defaults. Unknown fields stay, also within `mcp_config`, where OpenHands refuses them.
 *
 * Fields of one's own are added with `.extend`; each needs a default.
 */
export const settingsSchema: z.ZodObject<SettingsShape, z.core.$loose> = z.looseObject({
  language: text,
  agent: text,
  max_iterations: integer,
  security_analyzer: text,
  confirmation_mode: flag,
  llm_model: text,
  llm_api_key: key,
  llm_base_url: text,
  remote_runtime_resource_factor: integer,
  enable_default_condenser: laxBooleanSchema.default(true),
  enable_sound_notifications: laxBooleanSchema.default(false),
  enable_proactive_conversation_starters: laxBooleanSchema.default(true),
  enable_solvability_analysis: laxBooleanSchema.default(true),
  user_consents_to_analytics: flag,
  sandbox_base_container_image: text,
  sandbox_runtime_container_image: text,
  mcp_config: mcpConfigSchema.nullable().default(null),
  search_api_key: key,
  sandbox_api_key: key,
  max_budget_per_task: laxFloatSchema.nullable().default(null),
  condenser_max_size: condenserSize,
  email: text,
  email_verified: flag,
  git_user_name: text,
  git_user_email: text,
  v1_enabled: flag,
});
