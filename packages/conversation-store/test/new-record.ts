import type { ConversationMetadataInput } from '../src/conversation-metadata.ts';

/** A record to save. */
export function newRecord(id: string, fields: Partial<ConversationMetadataInput> = {}): ConversationMetadataInput {
  return { conversation_id: id, selected_repository: null, ...fields };
}
