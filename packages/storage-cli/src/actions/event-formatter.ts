import type { StoredEvent } from '@oh/event-store';
import type { CliContext } from '../cli-context.ts';
import { escapeControl } from '../escape-control.ts';
import { formatTime } from '../format-time.ts';
import { leastWidth, loadWidthOf, shorten } from '../text-width.ts';
import { toJsonLine } from '../to-json-line.ts';

const idWidth = 6;
const sourceWidth = 11;
const typeWidth = 16;

/** Columns of what an event says that are shown at most, also where there is no terminal: a line, not a page. */
const maxSummary = 200;

/** What an event says in the first place, from the field that says most to the one that says least. */
const textFields = ['message', 'content', 'command', 'path', 'thought', 'code', 'url'] as const;

/**
 * Makes what writes an event on one line: as JSON, or for people its id, time, source, type, and the beginning of what it says, which is shortened to the width of
 * the terminal.
 */
export async function eventFormatter({ json, io }: Pick<CliContext, 'json' | 'io'>): Promise<(event: StoredEvent) => string> {
  if (json) {
    return toJsonLine;
  }
  const widthOf = await loadWidthOf();
  const { columns = Number.POSITIVE_INFINITY } = io;
  return (event) => {
    const parts = [
      String(event.id).padStart(idWidth),
      formatTime(event.timestamp),
      (textOf(event.source) ?? '-').padEnd(sourceWidth),
      typeOf(event).padEnd(typeWidth),
      '',
    ];
    const head = escapeControl(parts.join('  '));
    const left = Math.min(maxSummary, Math.max(leastWidth, columns - widthOf(head)));
    return `${head}${shorten(escapeControl(summaryOf(event)), left, widthOf)}`.trimEnd().concat('\n');
  };
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
  return line;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
