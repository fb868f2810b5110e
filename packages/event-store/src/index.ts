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
export {
  type AgentServerEvent,
  AgentServerFolder,
  type AgentServerLease,
  type IndexedAgentServerEvent,
} from './agent-server-folder.ts';
export type { EventInput, StoredEvent } from './event.ts';
export type { EventFilter } from './event-filter.ts';
export { EventSecrets, type EventSecretsOptions, secretMask } from './event-secrets.ts';
export type { AppendEventOptions, EventSearchOptions, EventStore, EventStream, UnreadableEvents } from './event-store.ts';
export { type ExportEventsOptions, type ExportTrajectoryOptions, exportEvents, exportTrajectory } from './export-events.ts';
export { FileEventStore, type FileEventStoreOptions } from './file-event-store.ts';
export { type ForkEventsOptions, forkEvents } from './fork-events.ts';
export { type ImportAgentServerEventsOptions, importAgentServerEvents } from './import-agent-server-events.ts';
export { importEvents } from './import-events.ts';
export { pathToRoot, rootParent } from './path-to-root.ts';
export { operationWindow } from './recent-operations.ts';
