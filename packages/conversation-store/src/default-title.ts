/** The title that OpenHands gives a new conversation: `Conversation` and the first five characters of its id. */
export function defaultConversationTitle(id: string): string {
  return `Conversation ${id.slice(0, 5)}`;
}
