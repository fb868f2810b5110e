import { z } from 'zod';
import type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';
import { dateTimeSchema } from './date-time-schema.ts';
import { laxFloatSchema, laxIntegerSchema } from './lax-number.ts';

const nullableText = z.string().nullable();
const optionalText = nullableText.default(null);
const tokens = laxIntegerSchema.default(0);

/** The members of an object type without its index signature. */
type KnownMembers<T> = { [Field in keyof T as string extends Field ? never : Field]: T[Field] };

/** The schemas of the known fields of a record. */
export type ConversationMetadataShape = {
  [Field in keyof KnownMembers<ConversationMetadata>]: z.ZodType<ConversationMetadata[Field], ConversationMetadataInput[Field]>;
};

/** In the order in which OpenHands writes the fields. */
const shape: ConversationMetadataShape = {
  conversation_id: z.string(),
  selected_repository: nullableText,
  user_id: optionalText,
  selected_branch: optionalText,
  git_provider: optionalText,
  title: optionalText,
  last_updated_at: dateTimeSchema.nullable().default(null),
  trigger: optionalText,
  pr_number: z.array(laxIntegerSchema).default(() => []),
  created_at: dateTimeSchema,
  llm_model: optionalText,
  accumulated_cost: laxFloatSchema.default(0),
  prompt_tokens: tokens,
  completion_tokens: tokens,
  total_tokens: tokens,
  sandbox_id: optionalText,
  conversation_version: optionalText,
};

/**
 * Reads the record of a conversation as OpenHands 0.62 does, from what `JSON.parse` gives: the same values are accepted, with the same
 * defaults, and the same are rejected, except that a `git_provider` or `trigger` unknown to OpenHands is accepted.
 *
 * Unknown fields stay; a field `__proto__` is left out of the result. Fields of one's own are added with `.extend`.
 */
export const conversationMetadataSchema: z.ZodObject<ConversationMetadataShape, z.core.$loose> = z.looseObject(shape);

/** The fields known to this version, in the order in which OpenHands writes them. */
export const metadataFields: readonly string[] = Object.keys(shape);
