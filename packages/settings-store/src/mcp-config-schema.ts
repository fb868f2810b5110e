import { z } from 'zod';
import { keySchema, laxIntegerSchema } from './lax-schema.ts';
import { splitShellWords } from './shell-words.ts';

/** Longest time in seconds that OpenHands 0.62 waits for a server. */
const maxTimeoutSeconds = 3600;
/** What OpenHands 0.62 waits where nothing is said, in seconds. */
const defaultTimeoutSeconds = 60;

/** An MCP server of a URL, with its key in plain text. */
interface PlainServer {
  readonly url: string;
  readonly api_key: string | null;
  readonly [field: string]: unknown;
}

/** An MCP server that is a process, with its environment in plain text. */
interface PlainStdioServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** An `McpConfig` with its keys in plain text. */
export interface PlainMcpConfig {
  readonly sse_servers: readonly PlainServer[];
  readonly stdio_servers: readonly PlainStdioServer[];
  readonly shttp_servers: readonly (PlainServer & { readonly timeout: number | null })[];
  readonly [field: string]: unknown;
}

/** The lists of an {@link PlainMcpConfig}. */
export const mcpServerLists = ['sse_servers', 'stdio_servers', 'shttp_servers'] as const;

const urlSchema = z
  .string()
  .trim()
  .regex(/^(?:https?|wss?):\/\/[^/?#]/i, 'expected a URL of http, https, ws or wss');
const key = keySchema.default(null);
const timeout = laxIntegerSchema
  .refine((seconds) => seconds >= 1 && seconds <= maxTimeoutSeconds, `expected 1 to ${maxTimeoutSeconds} seconds`)
  .meta({ type: 'integer', minimum: 1, maximum: maxTimeoutSeconds })
  .nullable()
  .default(defaultTimeoutSeconds);

const stdioServerSchema = z.looseObject({
  name: z
    .string()
    .trim()
    .regex(/^[a-zA-Z0-9_-]+$/, 'expected letters, digits, "-" and "_"'),
  command: z
    .string()
    .trim()
    .min(1)
    .regex(/^[^ ]*$/, 'expected one program, its arguments in args'),
  args: z
    .preprocess((input) => (isBlank(input) ? [] : typeof input === 'string' ? splitShellWords(input) : input), z.array(z.string()))
    .default(() => []),
  env: z
    .preprocess(
      (input) => (isBlank(input) ? {} : typeof input === 'string' ? parseEnvironment(input) : input),
      z.record(z.string(), z.string().meta({ format: 'password', writeOnly: true })),
    )
    .default(() => ({})),
});

/** Reads `mcp_config` as OpenHands 0.62 does, but keeps the fields it does not know. */
export const mcpConfigSchema: z.ZodType<PlainMcpConfig> = z.looseObject({
  sse_servers: serversOf(z.looseObject({ url: urlSchema, api_key: key })),
  stdio_servers: z.array(stdioServerSchema).default(() => []),
  shttp_servers: serversOf(z.looseObject({ url: urlSchema, api_key: key, timeout })),
});

function serversOf<T extends z.ZodType>(server: T): z.ZodType<z.output<T>[]> {
  const withUrlAlone = z.preprocess((input) => (typeof input === 'string' ? { url: input } : input), server);
  return z.array(withUrlAlone).default(() => []);
}

/** What Python takes for false, and texts with nothing in them. */
function isBlank(input: unknown): boolean {
  return !input || (Array.isArray(input) && input.length === 0) || (typeof input === 'string' && input.trim() === '');
}

/** Reads `A=1, B=2`; `undefined` when it is something else. */
export function parseEnvironment(text: string): Record<string, string> | undefined {
  const variables: [string, string][] = [];
  for (const pair of text.split(',').map((each) => each.trim())) {
    const [, name, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)\s*=(.*)$/s.exec(pair) ?? [];
    if (name !== undefined && value !== undefined) {
      variables.push([name, value]);
    } else if (pair !== '') {
      return undefined;
    }
  }
  return Object.fromEntries(variables);
}
