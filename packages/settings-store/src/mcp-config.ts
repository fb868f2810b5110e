import type { Exposable, Secret } from '@oh/file-store-core/secrets';

/** The MCP servers that agents may use, by transport. */
export interface McpConfig {
  /** Reached by server-sent events. */
  readonly sse_servers: readonly McpSseServer[];
  /** Started as a process, spoken to by its standard input and output. */
  readonly stdio_servers: readonly McpStdioServer[];
  /** Reached by streamable HTTP. */
  readonly shttp_servers: readonly McpShttpServer[];
  /** Fields of other versions. */
  readonly [field: string]: unknown;
}

/** An MCP server that is reached by server-sent events. */
export interface McpSseServer {
  /** A URL of http, https, ws or wss. */
  readonly url: string;
  /** Default: null. */
  readonly api_key: Secret | null;
  /** Fields of other versions. */
  readonly [field: string]: unknown;
}

/** An MCP server that is reached by streamable HTTP. */
export interface McpShttpServer extends McpSseServer {
  /** In seconds, 1 to 3600. Default: 60. */
  readonly timeout: number | null;
}

/** An MCP server that is started as a process. */
export interface McpStdioServer {
  /** Tells the servers apart: letters, digits, `-` and `_`. */
  readonly name: string;
  /** The program, without spaces. */
  readonly command: string;
  /** Its arguments. Default: none. */
  readonly args: readonly string[];
  /** Its environment; every value is taken for a key. Default: none. */
  readonly env: Readonly<Record<string, Secret>>;
  /** Fields of other versions. */
  readonly [field: string]: unknown;
}

/** What is taken for an {@link McpConfig}. */
export interface McpConfigInput {
  /** A URL alone is a server without a key. Default: none. */
  readonly sse_servers?: readonly (string | McpServerInput)[] | undefined;
  /** Default: none. */
  readonly stdio_servers?: readonly McpStdioServerInput[] | undefined;
  /** A URL alone is a server without a key. Default: none. */
  readonly shttp_servers?: readonly (string | McpServerInput)[] | undefined;
  /** Fields of other versions. */
  readonly [field: string]: unknown;
}

/** What is taken for an {@link McpSseServer} or an {@link McpShttpServer}. */
export interface McpServerInput {
  readonly url: string;
  /** A mask means the key that the server with this URL has. */
  readonly api_key?: string | Exposable | null | undefined;
  /** Of streamable HTTP only. */
  readonly timeout?: number | string | null | undefined;
  /** Fields of other versions. */
  readonly [field: string]: unknown;
}

/** What is taken for an {@link McpStdioServer}. */
export interface McpStdioServerInput {
  readonly name: string;
  readonly command: string;
  /** May be one text, with the quotes of a shell. */
  readonly args?: readonly string[] | string | undefined;
  /** A mask means the value that the server with this name has. May be one text, such as `A=1, B=2`. */
  readonly env?: Readonly<Record<string, string | Exposable>> | string | undefined;
  /** Fields of other versions. */
  readonly [field: string]: unknown;
}
