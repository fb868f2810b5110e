/** The git providers that OpenHands 0.62 knows. */
export const providerTypes = ['github', 'gitlab', 'bitbucket', 'azure_devops', 'enterprise_sso'] as const;

/** The git provider of a conversation's repository. */
export type ProviderType = (typeof providerTypes)[number];
