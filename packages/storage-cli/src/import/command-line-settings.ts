import { FileStoreError, readIfThere } from '@oh/file-store-core';
import { type AgentSettings, findKeys, toSettings } from './agent-server-settings.ts';
import type { ImportParts } from './import-parts.ts';
import { noting } from './noting.ts';

/** Where OpenHands' command line keeps its agent, with the model and its key, in clear. @see https://github.com/OpenHands/OpenHands-CLI `openhands_cli/locations.py` */
export const commandLineAgent = 'agent_settings.json';

/** Where it keeps its MCP servers, with their keys. */
const mcpServers = 'mcp.json';

/** Reads what OpenHands' command line keeps of its agent. @returns `undefined` where nothing is. @throws {FileStoreError} `corrupt` for a file that is no JSON object. */
export async function readCommandLineSettings(parts: ImportParts): Promise<AgentSettings | undefined> {
  const agent = await readObject(commandLineAgent, parts);
  const servers = await readObject(mcpServers, parts);
  if (agent === undefined && servers === undefined) {
    return undefined;
  }
  return { settings: toSettings(agent), agent: await findKeys({ ...agent, mcp: servers }, parts.signal) };
}

async function readObject(path: string, { from, unread, signal }: ImportParts): Promise<object | undefined> {
  return await noting(path, unread, async () => {
    const file = await readIfThere(from, path, { signal });
    return file === undefined ? undefined : toObject(file.text, path);
  });
}

/** What the parser says of a text may be a part of a key. */
function toObject(text: string, path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FileStoreError('corrupt', `${JSON.stringify(path)} cannot be read: it is no JSON object`, { path });
  }
  return value;
}
