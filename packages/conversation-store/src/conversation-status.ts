/** The states of a conversation in OpenHands 0.62; they are told by a running server and not stored in the record. */
export const conversationStatuses = ['STARTING', 'RUNNING', 'STOPPED', 'ARCHIVED', 'ERROR'] as const;

/** The state of a conversation. */
export type ConversationStatus = (typeof conversationStatuses)[number];

/** A state that is left for none is the last one: what was archived has no sandbox to start again. */
const nextStatuses: Readonly<Record<ConversationStatus, readonly ConversationStatus[]>> = {
  STARTING: ['RUNNING', 'STOPPED', 'ERROR', 'ARCHIVED'],
  RUNNING: ['STOPPED', 'ERROR', 'ARCHIVED'],
  STOPPED: ['STARTING', 'ERROR', 'ARCHIVED'],
  ERROR: ['STARTING', 'STOPPED', 'ARCHIVED'],
  ARCHIVED: [],
};

/**
 * Whether a conversation may go from one state to another.
 *
 * It starts, runs and stops; a stopped or failed one may start again, an archived one never changes. Staying in a state is allowed.
 */
export function isStatusTransition(from: ConversationStatus, to: ConversationStatus): boolean {
  return from === to || nextStatuses[from].includes(to);
}
