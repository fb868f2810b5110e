import { z } from 'zod';
import { settingsSchema } from './settings-schema.ts';

/** Options of {@link toSettingsJsonSchema}. */
export interface SettingsJsonSchemaOptions {
  /** The schema with fields of one's own. Default: `settingsSchema`. */
  readonly schema?: z.ZodObject | undefined;
}

/** A JSON Schema of an object. */
export interface SettingsJsonSchema extends z.core.JSONSchema.BaseSchema {
  /** The fields, each with its type and its default. */
  readonly properties: Record<string, z.core.JSONSchema.BaseSchema>;
}

/**
 * What may be stored, as JSON Schema (draft 2020-12), for the forms of a user interface. Keys are `writeOnly`, with the format `password`: a form
 * shows a mask for them and may send it back.
 *
 * @see https://json-schema.org/draft/2020-12
 */
export function toSettingsJsonSchema({ schema = settingsSchema }: SettingsJsonSchemaOptions = {}): SettingsJsonSchema {
  // What is read by a function of ours, such as a lax number, says its type by itself.
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  const defaults = new Map<string, unknown>(Object.entries(schema.parse({})));
  const properties = Object.entries(json.properties ?? {}).map(([field, property]) => {
    return [field, { ...(typeof property === 'object' ? property : {}), default: defaults.get(field) }] as const;
  });
  return { ...json, properties: Object.fromEntries(properties) };
}
