import type { ConversationMetadataInput } from '@oh/conversation-store';
import { AgentServerFolder, importAgentServerEvents } from '@oh/event-store';
import { isId } from '@oh/file-store-core';
import { importEventLog } from './import-event-log.ts';
import type { ImportParts } from './import-parts.ts';
import { importRecord } from './import-record.ts';

/** Where OpenHands' agent server keeps its conversations. */
export const agentServerDirectory = 'conversations';

/** Imports the conversations of OpenHands' agent server, `conversations/{id}/`, with their events and their state. */
export async function importAgentServer(parts: ImportParts): Promise<void> {
  const { from, report, signal } = parts;
  for (const path of await from.list(agentServerDirectory, { signal })) {
    const id = path.slice(agentServerDirectory.length + 1).replace(/\/$/, '');
    if (path.endsWith('/') && isId(id)) {
      await report.attempt('conversations', `the conversation ${JSON.stringify(id)}`, signal, () => importConversation(id, parts));
    }
  }
}

async function importConversation(id: string, parts: ImportParts): Promise<void> {
  const { from, report, signal } = parts;
  const folder = new AgentServerFolder(from, `${agentServerDirectory}/${id}`);
  const [meta = {}, state = {}] = await Promise.all([folder.readMeta({ signal }), folder.readBaseState({ signal })]);
  const created_at = textOf(meta['created_at']) ?? (await readBeginning(folder, signal));
  await importRecord({ ...toRecord(id, meta, state), created_at }, undefined, parts);
  await importEventLog(
    { conversationId: id, userId: undefined },
    parts,
    async () => {
      let count = 0;
      for await (const _ of folder.readEvents({ onUnreadable: (error) => report.damaged('events', error), signal })) {
        count += 1;
      }
      return count;
    },
    (target) => importAgentServerEvents(target, folder, { onUnreadable: (error) => report.damaged('events', error), signal }),
  );
}

/** When the first event happened that can be read: the SDK alone keeps no `meta.json`. @returns `undefined` when no event tells. */
async function readBeginning(folder: AgentServerFolder, signal: AbortSignal | undefined): Promise<string | undefined> {
  // What cannot be read is told with the events.
  for await (const { event } of folder.readEvents({ onUnreadable: () => undefined, signal })) {
    // Without offset it is local time, to JavaScript too.
    const time = new Date(textOf(event['timestamp']) ?? Number.NaN);
    return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
  }
  return undefined;
}

/** What the agent server does not know of itself is left out; all that it does know stays in the events and in its own files. */
function toRecord(
  id: string,
  meta: Readonly<Record<string, unknown>>,
  state: Readonly<Record<string, unknown>>,
): ConversationMetadataInput {
  const { model } = objectOf(objectOf(state['agent'])['llm']);
  return {
    conversation_id: id,
    selected_repository: null,
    title: textOf(meta['title']),
    last_updated_at: textOf(meta['updated_at']),
    llm_model: textOf(model),
    conversation_version: 'V1',
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
