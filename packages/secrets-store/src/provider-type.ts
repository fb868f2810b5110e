/** The providers that OpenHands 0.62 knows. */
export const providerTypes = ['github', 'gitlab', 'bitbucket', 'azure_devops', 'enterprise_sso'] as const;

/** A provider whose token a user has. */
export type ProviderType = (typeof providerTypes)[number];
