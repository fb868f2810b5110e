import { createHash } from 'node:crypto';
import { z } from 'zod';

const actions = ['read', 'write', 'delete', 'rotate'] as const;

/** What was done to secrets. */
export type AuditAction = (typeof actions)[number];

/** What an audit log is told. */
export interface AuditEvent {
  readonly action: AuditAction;
  /** The file with the secrets. */
  readonly path: string;
  /** The secrets, as `custom_secrets/NAME` or `provider_tokens/NAME`; never a value. */
  readonly names: readonly string[];
}

/** An entry of an audit log. */
export interface AuditEntry extends AuditEvent {
  /** From 1, without gap. */
  readonly seq: number;
  /** An ISO 8601 date. */
  readonly time: string;
  /** Who did it. */
  readonly actor: string | null;
  /** The SHA-256 of the line before, in hexadecimal; zeros before the first. */
  readonly previous: string;
}

/** A line of an audit log, in its parts. */
export interface AuditLine {
  readonly entry: AuditEntry;
  /** What is authenticated. */
  readonly body: string;
  readonly mac: string;
}

/** The `previous` of the first entry. */
export const noPrevious: string = '0'.repeat(64);

const entrySchema: z.ZodType<AuditEntry> = z.object({
  seq: z.int().min(1),
  time: z.string(),
  actor: z.string().nullable(),
  action: z.enum(actions),
  path: z.string(),
  names: z.array(z.string()),
  previous: z.string(),
});

/** The text that is authenticated. */
export function toAuditBody({ seq, time, actor, action, path, names, previous }: AuditEntry): string {
  return JSON.stringify({ seq, time, actor, action, path, names, previous });
}

/** The line without its newline: the body, with the authentication as its last field. */
export function toAuditLine(body: string, mac: string): string {
  return `${body.slice(0, -1)},"mac":"${mac}"}`;
}

/** Reads a line. @returns `undefined` for what is none. */
export function parseAuditLine(line: string): AuditLine | undefined {
  const [, head, mac] = /^(\{.*),"mac":"([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)"\}$/.exec(line) ?? [];
  if (head === undefined || mac === undefined) {
    return undefined;
  }
  const body = `${head}}`;
  const { data: entry } = entrySchema.safeParse(tryJson(body));
  // A field that the schema does not know, or another spelling, is no line of this version.
  return entry !== undefined && toAuditBody(entry) === body ? { entry, body, mac } : undefined;
}

/** What the next line has as `previous`. */
export function hashAuditLine(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no line.
    return undefined;
  }
}
