import { FileStoreError, readIfThere } from '@oh/file-store-core';
import { type AgentSettings, findKeys, openTokens, toSettings } from './agent-server-settings.ts';
import type { ImportParts } from './import-parts.ts';
import { noting } from './noting.ts';

/** Where OpenHands' command line keeps its agent, with the model and its key, in clear. @see https://github.com/OpenHands/OpenHands-CLI `openhands_cli/locations.py` */
export const commandLineAgent = 'agent_settings.json';

/** Where it keeps its MCP servers, with their keys. */
const mcpServers = 'mcp.json';

/** Where it and the agent server, which encrypts them, keep saved models with their keys. */
const profiles = 'profiles';

/** Where it keeps its key to OpenHands Cloud, which is all of the file. */
const cloudKey = 'cloud/api_key.txt';

/** Reads what OpenHands' command line keeps of its agent, and everything else of it that has keys. @throws {FileStoreError} `corrupt` for a file that is no JSON object; `permission-denied` when a key does not open. */
export async function readCommandLineSettings(parts: ImportParts): Promise<AgentSettings> {
  const agent = await readObject(commandLineAgent, parts);
  const mcp = await readObject(mcpServers, parts);
  const api_key = (await noting(cloudKey, parts.unread, () => readText(cloudKey, parts)))?.trim();
  const keys = { ...agent, mcp, cloud: { api_key }, profiles: await readProfiles(parts) };
  return { settings: toSettings(agent), agent: await findKeys(keys, parts.signal) };
}

async function readProfiles(parts: ImportParts): Promise<readonly unknown[]> {
  const { from, unread, signal } = parts;
  const paths = await noting(profiles, unread, () => from.list(profiles, { signal }));
  return await Promise.all(paths.filter((path) => path.endsWith('.json')).map((path) => readObject(path, parts)));
}

/** The fields of a file, with its keys opened. */
async function readObject(path: string, parts: ImportParts): Promise<object | undefined> {
  const { unread, fernetPassphrases = [] } = parts;
  return await noting(path, unread, async () => {
    const text = await readText(path, parts);
    const fields = text === undefined ? undefined : Object.entries(toObject(text, path));
    return fields && Object.fromEntries(fields.map(([name, value]) => [name, openTokens(value, path, fernetPassphrases)]));
  });
}

async function readText(path: string, { from, signal }: ImportParts): Promise<string | undefined> {
  return (await readIfThere(from, path, { signal }))?.text;
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
