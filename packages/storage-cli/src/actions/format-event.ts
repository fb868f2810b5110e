import type { StoredEvent } from '@oh/event-store';
import { escapeControl } from '../escape-control.ts';
import { formatTime } from '../format-time.ts';
import { toJsonLine } from '../to-json-line.ts';

const idWidth = 6;
const sourceWidth = 11;
const typeWidth = 16;

/** Characters of what an event says that are shown at most, also where there is no terminal: a line, not a page. */
const maxSummary = 200;

/** What an event says in the first place, from the field that says most to the one that says least. */
const textFields = ['message', 'content', 'command', 'path', 'thought', 'code', 'url'] as const;

/** An event on one line: as JSON, or for people its id, time, source, type, and the beginning of what it says, cut to the width of the terminal. */
export function formatEvent(
  event: StoredEvent,
  { json, columns }: { readonly json: boolean; readonly columns: number | undefined },
): string {
  if (json) {
    return toJsonLine(event);
  }
  const parts = [
    String(event.id).padStart(idWidth),
    formatTime(event.timestamp),
    (textOf(event.source) ?? '-').padEnd(sourceWidth),
    typeOf(event).padEnd(typeWidth),
    summaryOf(event),
  ];
  const line = escapeControl(parts.join('  ').trimEnd());
  return `${columns === undefined || line.length <= columns ? line : `${cut(line, columns - 1)}…`}\n`;
}

/** Without the half of a character at its end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/\p{Cs}$/u, '');
}

function typeOf(event: StoredEvent): string {
  return textOf(event['action']) ?? textOf(event['observation']) ?? textOf(event['kind']) ?? '-';
}

/** The first line of the text. */
function summaryOf(event: StoredEvent): string {
  const args = recordOf(event['args']) ?? {};
  const texts = textFields.flatMap((field) => [textOf(event[field]), textOf(args[field])]);
  const [text = ''] = texts.filter((each) => each !== undefined && each.trim() !== '');
  const [line = ''] = text.trim().split(/[\r\n]/, 1);
  return line.length > maxSummary ? `${cut(line, maxSummary - 1)}…` : line;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
