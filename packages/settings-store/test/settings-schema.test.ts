import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../src/index.ts';

/** What the schema makes of one field, `undefined` when it refuses it. */
function read(field: string, value: unknown): unknown {
  const parsed = settingsSchema.safeParse({ [field]: value });
  return parsed.success ? parsed.data[field] : undefined;
}

describe('settings as OpenHands reads them', () => {
  it('have its fields in its order, with its defaults', () => {
    expect(Object.entries(settingsSchema.parse({}))).toEqual([
      ['language', null],
      ['agent', null],
      ['max_iterations', null],
      ['security_analyzer', null],
      ['confirmation_mode', null],
      ['llm_model', null],
      ['llm_api_key', null],
      ['llm_base_url', null],
      ['remote_runtime_resource_factor', null],
      ['enable_default_condenser', true],
      ['enable_sound_notifications', false],
      ['enable_proactive_conversation_starters', true],
      ['enable_solvability_analysis', true],
      ['user_consents_to_analytics', null],
      ['sandbox_base_container_image', null],
      ['sandbox_runtime_container_image', null],
      ['mcp_config', null],
      ['search_api_key', null],
      ['sandbox_api_key', null],
      ['max_budget_per_task', null],
      ['condenser_max_size', null],
      ['email', null],
      ['email_verified', null],
      ['git_user_name', null],
      ['git_user_email', null],
      ['v1_enabled', null],
    ]);
  });

  it.each([
    ['max_iterations', '250', 250],
    ['max_iterations', 1.5, undefined],
    ['confirmation_mode', 'yes', true],
    ['confirmation_mode', 0, false],
    ['confirmation_mode', 'perhaps', undefined],
    ['max_budget_per_task', '4.5', 4.5],
    ['condenser_max_size', 20, 20],
    ['condenser_max_size', 19, undefined],
    ['enable_default_condenser', null, undefined],
    ['language', 5, undefined],
    ['llm_api_key', '  ', null],
    ['sandbox_api_key', '**********', null],
    ['llm_api_key', 'sk-1', 'sk-1'],
  ])('%s: %j is read as %j', (field, value, result) => {
    expect(read(field, value)).toEqual(result);
  });

  it('may name an MCP server by its URL alone', () => {
    expect(
      read('mcp_config', {
        sse_servers: ['https://a/sse'],
        shttp_servers: ['https://b/mcp'],
        stdio_servers: [{ name: 'n', command: 'c' }],
      }),
    ).toEqual({
      sse_servers: [{ url: 'https://a/sse', api_key: null }],
      shttp_servers: [{ url: 'https://b/mcp', api_key: null, timeout: 60 }],
      stdio_servers: [{ name: 'n', command: 'c', args: [], env: {} }],
    });
  });

  it.each([
    [{ sse_servers: ['no url'] }],
    [{ sse_servers: [{ url: 'https://' }] }],
    [{ shttp_servers: [{ url: 'https://a', timeout: 0 }] }],
    [{ shttp_servers: [{ url: 'https://a', timeout: 3601 }] }],
    [{ stdio_servers: [{ name: '', command: 'c' }] }],
    [{ stdio_servers: [{ name: 'n' }] }],
  ])('the MCP servers %j are refused', (config) => {
    expect(read('mcp_config', config)).toBeUndefined();
  });
});
