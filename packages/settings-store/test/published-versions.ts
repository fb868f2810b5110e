/** A settings file as a published version wrote it; never changed, only added to. Keys are sealed by `ContextSealer`. */
export interface PublishedVersion {
  readonly version: number;
  readonly name: string;
  readonly text: string;
}

/** The same settings in every version: those of {@link publishedSettings}. */
export const publishedVersions: readonly PublishedVersion[] = [
  {
    version: 0,
    name: 'OpenHands 0.62, with MCP servers that have grown, a mask for a value and a field of a later version',
    text: '{"language":"de","agent":"CodeActAgent","max_iterations":250,"security_analyzer":null,"confirmation_mode":true,"llm_model":"openai/gpt-5","llm_api_key":"canary-llm","llm_base_url":null,"remote_runtime_resource_factor":1,"secrets_store":{"provider_tokens":{}},"enable_default_condenser":false,"enable_sound_notifications":true,"enable_proactive_conversation_starters":true,"enable_solvability_analysis":true,"user_consents_to_analytics":false,"sandbox_base_container_image":null,"sandbox_runtime_container_image":null,"mcp_config":{"sse_servers":[{"url":"https://a.test/sse","api_key":"canary-mcp"},{"url":"https://b.test/sse","api_key":null},{"url":"https://a.test/sse","api_key":"canary-mcp"}],"stdio_servers":[],"shttp_servers":[]},"search_api_key":null,"sandbox_api_key":"**********","max_budget_per_task":4.0,"condenser_max_size":120,"email":"dev@example.test","email_verified":true,"git_user_name":"dev","git_user_email":"dev@example.test","v1_enabled":null,"later":{"id":12345678901234567890}}',
  },
  {
    version: 1,
    name: '0.1.0',
    text: '{"$schema":"urn:oh-storage:settings","schema_version":1,"language":"de","agent":"CodeActAgent","max_iterations":250,"security_analyzer":null,"confirmation_mode":true,"llm_model":"openai/gpt-5","llm_api_key":{"$sealed":"WyJrMSIsMSxbInNldHRpbmdzIiwiIiwibGxtX2FwaV9rZXkiXSwiY2FuYXJ5LWxsbSJd"},"llm_base_url":null,"remote_runtime_resource_factor":1,"secrets_store":{"provider_tokens":{}},"enable_default_condenser":false,"enable_sound_notifications":true,"enable_proactive_conversation_starters":true,"enable_solvability_analysis":true,"user_consents_to_analytics":false,"sandbox_base_container_image":null,"sandbox_runtime_container_image":null,"mcp_config":{"sse_servers":[{"url":"https://a.test/sse","api_key":{"$sealed":"WyJrMSIsMixbInNldHRpbmdzIiwiIiwibWNwX2NvbmZpZyIsInNzZV9zZXJ2ZXJzIiwiMCIsImFwaV9rZXkiXSwiY2FuYXJ5LW1jcCJd"}},{"url":"https://b.test/sse","api_key":null}],"stdio_servers":[],"shttp_servers":[]},"search_api_key":null,"sandbox_api_key":"","max_budget_per_task":4.0,"condenser_max_size":120,"email":"dev@example.test","email_verified":true,"git_user_name":"dev","git_user_email":"dev@example.test","v1_enabled":null,"later":{"id":12345678901234567890}}',
  },
];

/** What {@link publishedVersions} say, keys masked. */
export const publishedSettings: Readonly<Record<string, unknown>> = {
  language: 'de',
  agent: 'CodeActAgent',
  max_iterations: 250,
  security_analyzer: null,
  confirmation_mode: true,
  llm_model: 'openai/gpt-5',
  llm_api_key: '**********',
  llm_base_url: null,
  remote_runtime_resource_factor: 1,
  enable_default_condenser: false,
  enable_sound_notifications: true,
  enable_proactive_conversation_starters: true,
  enable_solvability_analysis: true,
  user_consents_to_analytics: false,
  sandbox_base_container_image: null,
  sandbox_runtime_container_image: null,
  mcp_config: {
    sse_servers: [
      { url: 'https://a.test/sse', api_key: '**********' },
      { url: 'https://b.test/sse', api_key: null },
    ],
    stdio_servers: [],
    shttp_servers: [],
  },
  search_api_key: null,
  sandbox_api_key: null,
  max_budget_per_task: 4,
  condenser_max_size: 120,
  email: 'dev@example.test',
  email_verified: true,
  git_user_name: 'dev',
  git_user_email: 'dev@example.test',
  v1_enabled: null,
};
