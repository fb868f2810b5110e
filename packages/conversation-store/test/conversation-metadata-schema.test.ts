import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConversationMetadataInput } from '../src/conversation-metadata.ts';
import { conversationMetadataSchema, metadataFields } from '../src/conversation-metadata-schema.ts';
import { conversationTriggers } from '../src/conversation-trigger.ts';
import { providerTypes } from '../src/provider-type.ts';

const minimal: ConversationMetadataInput = { conversation_id: 'c', selected_repository: null, created_at: '2025-01-01T00:00:00Z' };

function accepts(fields: Readonly<Record<string, unknown>>): boolean {
  return conversationMetadataSchema.safeParse({ ...minimal, ...fields }).success;
}

describe('conversationMetadataSchema', () => {
  it('gives the defaults of OpenHands', () => {
    expect(conversationMetadataSchema.parse(minimal)).toEqual({
      conversation_id: 'c',
      selected_repository: null,
      user_id: null,
      selected_branch: null,
      git_provider: null,
      title: null,
      last_updated_at: null,
      trigger: null,
      pr_number: [],
      created_at: '2025-01-01T00:00:00Z',
      llm_model: null,
      accumulated_cost: 0,
      prompt_tokens: 0,
      completion_tokens: 0,
      total_tokens: 0,
      sandbox_id: null,
      conversation_version: null,
    });
  });

  it('gives each record a pr_number of its own', () => {
    expect(conversationMetadataSchema.parse(minimal).pr_number).not.toBe(conversationMetadataSchema.parse(minimal).pr_number);
  });

  it.each(['conversation_id', 'selected_repository', 'created_at'])('requires %s', (field) => {
    expect(accepts({ [field]: undefined })).toBe(false);
  });

  it.each(['conversation_id', 'pr_number', 'created_at', 'accumulated_cost', 'prompt_tokens', 'completion_tokens', 'total_tokens'])(
    'refuses null for %s',
    (field) => {
      expect(accepts({ [field]: null })).toBe(false);
    },
  );

  it.each(metadataFields.filter((field) => !/_at$|cost|tokens|pr_number/.test(field)))('takes texts alone for %s', (field) => {
    expect(accepts({ [field]: '' })).toBe(true);
    for (const value of [1, 1.5, true, [], {}]) {
      expect(accepts({ [field]: value })).toBe(false);
    }
  });

  it('takes the triggers and providers that are known and those that are not, as they are', () => {
    for (const trigger of [...conversationTriggers, 'carrier_pigeon', 'GUI', '']) {
      expect(conversationMetadataSchema.parse({ ...minimal, trigger }).trigger).toBe(trigger);
    }
    for (const git_provider of [...providerTypes, 'codeberg']) {
      expect(conversationMetadataSchema.parse({ ...minimal, git_provider }).git_provider).toBe(git_provider);
    }
  });

  it('takes numbers in a list in any form', () => {
    expect(conversationMetadataSchema.parse({ ...minimal, pr_number: [1, '5', 2.0, true] }).pr_number).toEqual([1, 5, 2, 1]);
    for (const pr_number of [[1.5], [null], ['a'], [''], [[1]], 5, '5', {}]) {
      expect(accepts({ pr_number })).toBe(false);
    }
  });

  it('keeps unknown fields', () => {
    const shared = { is_public: true, nested: { a: [1] } };
    expect(conversationMetadataSchema.parse({ ...minimal, ...shared })).toMatchObject(shared);
  });

  it('can be extended', () => {
    const schema = conversationMetadataSchema.extend({ is_public: z.boolean().default(false) });
    const record = schema.parse({ ...minimal, created_at: 0, shared_at: null });
    const { is_public, created_at }: { is_public: boolean; created_at: string } = record;
    expect([is_public, created_at, record['shared_at']]).toEqual([false, '1970-01-01T00:00:00Z', null]);
  });

  it('is not fooled by __proto__', () => {
    const parsed = conversationMetadataSchema.parse(
      JSON.parse('{"conversation_id":"c","selected_repository":null,"created_at":0,"__proto__":{"title":"x","isAdmin":true}}'),
    );
    expect(parsed.title).toBe(null);
    expect(parsed).not.toHaveProperty('isAdmin');
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });
});
