import type { ConversationMetadataInput } from '@oh/conversation-store';
import { AgentServerFolder, importAgentServerEvents } from '@oh/event-store';
import { isId } from '@oh/file-store-core';
import { agentServerDirectory } from './has-agent-server.ts';
import { importEventLog } from './import-event-log.ts';
import type { ImportParts } from './import-parts.ts';
import { importRecord } from './import-record.ts';

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
  const [meta = {}, state] = await Promise.all([folder.readMeta({ signal }), folder.readBaseState({ signal })]);
  const beginning = await readBeginning(folder, signal);
  const created_at = textOf(meta['created_at']) ?? beginning.created_at ?? (state && (await whenWritten(id, parts)));
  const title = textOf(meta['title']) ?? maskedTitle(beginning.prompt, parts);
  await importRecord({ ...toRecord(id, meta, state ?? {}), created_at, title }, undefined, parts);
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

/** What the first events tell of a conversation. */
interface Beginning {
  /** When the first event happened that can be read. */
  readonly created_at: string | undefined;
  /** What the user wrote first. */
  readonly prompt: string | undefined;
}

/** The user's first message is the second event, after the system's prompt; so many are looked at. */
const maxBeginning = 16;

/** Where nothing but the SDK wrote, as OpenHands' command line, no `meta.json` tells of a conversation. */
async function readBeginning(folder: AgentServerFolder, signal: AbortSignal | undefined): Promise<Beginning> {
  let created_at: string | undefined;
  // What cannot be read is told with the events.
  for await (const { index, event } of folder.readEvents({ onUnreadable: () => undefined, signal })) {
    created_at ??= toInstant(event['timestamp']);
    const prompt = toPrompt(event);
    if (prompt !== undefined || index >= maxBeginning) {
      return { created_at, prompt };
    }
  }
  return { created_at, prompt: undefined };
}

/** Without offset it is local time, to JavaScript too. */
function toInstant(timestamp: unknown): string | undefined {
  const time = new Date(textOf(timestamp) ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** The text of a message of the user. */
function toPrompt(event: Readonly<Record<string, unknown>>): string | undefined {
  const { content } = objectOf(event['llm_message']);
  if (event['source'] !== 'user' || !Array.isArray(content)) {
    return undefined;
  }
  const text = content
    .flatMap((part) => textOf(objectOf(part)['text']) ?? [])
    .join('\n')
    .trim();
  return text === '' ? undefined : text;
}

/** The length of a title that the SDK makes of a prompt: `generate_fallback_title` of its `conversation/title_utils.py`. */
const maxTitleLength = 50;

/** The prompt as the SDK makes a title of it, without the secrets that no event holds either. */
function maskedTitle(prompt: string | undefined, { hidden }: ImportParts): string | null {
  const title = textOf(hidden.mask({ title: prompt })['title']);
  const characters = Array.from(title ?? '');
  return characters.length > maxTitleLength ? `${characters.slice(0, maxTitleLength - 3).join('')}...` : title;
}

/** When the state was written last. */
async function whenWritten(id: string, { from, signal }: ImportParts): Promise<string> {
  return (await from.stat(`${agentServerDirectory}/${id}/base_state.json`, { signal })).modifiedAt.toISOString();
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
