/**
 * The events of a conversation over any file store: a log with contiguous ids, whoever appends.
 *
 * - **Guarantees**: ids are contiguous and unique with any number of writers; what was acknowledged is kept; an append that is named is made once;
 *   damage is reported and hides nothing else; registered secrets never reach the store.
 * - **Format**: `events.json`, one JSON object a line, on stores that append; segments of such lines on those that do not; a file for each event, as OpenHands
 *   has them, under `sessionsLayout`.
 *
 * @packageDocumentation
 */
export type { EventInput, StoredEvent } from './event.ts';
export type { EventFilter } from './event-filter.ts';
export { EventSecrets, type EventSecretsOptions, secretMask } from './event-secrets.ts';
export type { AppendEventOptions, EventSearchOptions, EventStore, EventStream, UnreadableEvents } from './event-store.ts';
export { FileEventStore, type FileEventStoreOptions } from './file-event-store.ts';
export { operationWindow } from './recent-operations.ts';
