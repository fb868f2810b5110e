/**
 * Conversations over any file store: one record each, `metadata.json`, in the format that OpenHands has on disk.
 *
 * - **Guarantees**: a record is replaced as a whole and by compare-and-set; fields of other versions survive; nothing is written over
 *   what cannot be read; one bad record hides no other; a failure to read is never a missing conversation.
 * - **Format**: what OpenHands 0.62 accepts is accepted, and what is written is what it writes, byte for byte.
 * - **Index**: a page costs what it holds; an index of file names is kept in the store, and finds what other programs write.
 * - **Limits**: beyond 1,000 conversations, what other programs write is found with a delay, see `ConversationStore.search`.
 *
 * @packageDocumentation
 */

export type { RawNumber } from '@oh/file-store-core/json';
export type { ConversationFilter } from './conversation-filter.ts';
export type { ConversationMetadata, ConversationMetadataInput } from './conversation-metadata.ts';
export { type ConversationMetadataShape, conversationMetadataSchema } from './conversation-metadata-schema.ts';
export { type ConversationStatus, conversationStatuses, isStatusTransition } from './conversation-status.ts';
export {
  type ConversationBatch,
  type ConversationPage,
  type ConversationSearchOptions,
  type ConversationStore,
  defaultSearchLimit,
  maxSearchLimit,
  type SaveMetadataOptions,
  type UnreadableConversation,
} from './conversation-store.ts';
export { type ConversationTrigger, conversationTriggers } from './conversation-trigger.ts';
export { toEpochMicros } from './date-time.ts';
export { defaultConversationTitle } from './default-title.ts';
export { FileConversationStore, type FileConversationStoreOptions } from './file-conversation-store.ts';
export type { MetadataVersion } from './metadata-history.ts';
export { type ProviderType, providerTypes } from './provider-type.ts';
export type { PruneOptions, PruneResult } from './prune.ts';
