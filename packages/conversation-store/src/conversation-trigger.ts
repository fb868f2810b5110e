/** What OpenHands 0.62 knows to start a conversation. */
export const conversationTriggers = [
  'resolver',
  'gui',
  'suggested_task',
  'openhands_api',
  'slack',
  'microagent_management',
  'jira',
  'jira_dc',
  'linear',
  'bitbucket',
] as const;

/** What started a conversation. */
export type ConversationTrigger = (typeof conversationTriggers)[number];
