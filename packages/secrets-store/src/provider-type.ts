/** The providers that OpenHands up to 1.11 knows. */
export const providerTypes = [
  'github',
  'gitlab',
  'bitbucket',
  'bitbucket_data_center',
  'forgejo',
  'azure_devops',
  'enterprise_sso',
] as const;

/** A provider whose token a user has. */
export type ProviderType = (typeof providerTypes)[number];
