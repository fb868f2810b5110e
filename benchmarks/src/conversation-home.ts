import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';

/** Milliseconds that the conversations of a home are spread over: a year up to the first of January 2026. */
const yearMs = 365 * 86_400_000;
const end = Date.parse('2026-01-01T00:00:00Z');

/** The id of a conversation, as OpenHands makes them: their order says nothing. */
export function conversationId(number: number): string {
  return createHash('md5').update(`${number}`).digest('hex');
}

/** The record of a conversation as OpenHands 0.62 writes it; 0 is the newest one of its home. */
export function conversationRecord(number: number, count: number): string {
  const created = new Date(end - (number / count) * yearMs).toISOString();
  return JSON.stringify({
    conversation_id: conversationId(number),
    selected_repository: number % 3 === 0 ? 'acme/shop' : null,
    user_id: null,
    selected_branch: null,
    git_provider: null,
    title: `Fix number ${number}`,
    last_updated_at: created,
    trigger: 'gui',
    pr_number: [],
    created_at: created,
    llm_model: 'a-model-of-today',
    accumulated_cost: 0.25,
    prompt_tokens: 1000,
    completion_tokens: 100,
    total_tokens: 1100,
    sandbox_id: null,
    conversation_version: 'V0',
  });
}

/** Writes a home with so many conversations, as OpenHands lays it out. */
export function makeConversationHome(root: string, count: number): void {
  for (let number = 0; number < count; number += 1) {
    const directory = `${root}/sessions/${conversationId(number)}`;
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${directory}/metadata.json`, conversationRecord(number, count));
  }
}
