import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { settingsSchema, toSettingsJsonSchema } from '../src/index.ts';

describe('the JSON Schema of the settings', () => {
  it('has every field with its type, its default and its bounds', () => {
    const { $schema, properties } = toSettingsJsonSchema();
    expect($schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(Object.keys(properties)).toEqual(Object.keys(settingsSchema.shape));
    expect(properties).toMatchObject({
      language: { type: ['string', 'null'], default: null },
      max_iterations: { type: ['integer', 'null'], default: null },
      enable_default_condenser: { type: 'boolean', default: true },
      max_budget_per_task: { type: ['number', 'null'], default: null },
    });
    const text = JSON.stringify(properties);
    expect(text).toContain('"minimum":20');
    expect(text).toContain('"maximum":3600');
    expect(Object.values(properties).filter((property) => property.type === undefined && property.anyOf === undefined)).toEqual([]);
  });

  it('says of every key that it is one', () => {
    const text = JSON.stringify(toSettingsJsonSchema());
    // Three of the settings, one for each list of MCP servers.
    expect(text.match(/"format":"password","writeOnly":true/g)).toHaveLength(6);
  });

  it('has the fields of an extension', () => {
    const schema = settingsSchema.extend({ theme: z.enum(['dark', 'light']).default('dark') });
    expect(toSettingsJsonSchema({ schema }).properties['theme']).toEqual({ type: 'string', enum: ['dark', 'light'], default: 'dark' });
  });
});
