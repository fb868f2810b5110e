/** The states of a conversation in OpenHands 0.62; they are told by a running server and not stored in the record. */
export const conversationStatuses = ['STARTING', 'RUNNING', 'STOPPED', 'ARCHIVED', 'ERROR'] as const;

/** The state of a conversation. */
export type ConversationStatus = (typeof conversationStatuses)[number];
