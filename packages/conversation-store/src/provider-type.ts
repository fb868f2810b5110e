/** The git providers that OpenHands up to 1.11 knows. */
export const providerTypes = [
  'github',
  'gitlab',
  'bitbucket',
  'bitbucket_data_center',
  'forgejo',
  'azure_devops',
  'enterprise_sso',
] as const;

/** The git provider of a conversation's repository. */
export type ProviderType = (typeof providerTypes)[number];
