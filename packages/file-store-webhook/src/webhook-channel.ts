import { channel } from 'node:diagnostics_channel';

/** Name of the `node:diagnostics_channel` on which the webhook stores tell what becomes of their notices. */
export const webHookChannelName = 'oh:file-store-webhook';

/** The message on the channel `oh:file-store-webhook`. It never holds contents, headers or URLs. */
export type WebHookEvent =
  | {
      /** A request was answered, or failed. */
      readonly event: 'attempt';
      /** Its `webhook-id`. */
      readonly id: string;
      /** Counted from 1, over restarts where there is an outbox. */
      readonly attempt: number;
      /** Notices in it. */
      readonly notices: number;
      /** Bytes of its body. */
      readonly bytes: number;
      readonly durationMs: number;
      /** The HTTP status; `undefined` where there was no answer. */
      readonly status: number | undefined;
      readonly outcome: 'accepted' | 'refused' | 'gone';
    }
  | {
      /** Notices have left the queue. */
      readonly event: 'settled';
      readonly outcome: 'delivered' | 'superseded' | 'dead';
      readonly notices: number;
    }
  | {
      /** A notice was dropped; `onDrop` has the same. */
      readonly event: 'dropped';
      readonly id: string;
      readonly path: string;
      readonly reason: DropReason;
    }
  | {
      /** The circuit breaker has opened or closed. */
      readonly event: 'circuit';
      readonly isOpen: boolean;
    };

/** Why a notice will never be delivered: the queue was full; the store was closed before it was; there are too many dead letters. */
export type DropReason = 'full' | 'closed' | 'dead-letters-full';

const events = channel(webHookChannelName);

/** Publishes `event()` when somebody listens. */
export function publishWebHookEvent(event: () => WebHookEvent): void {
  if (events.hasSubscribers) {
    events.publish(event());
  }
}
