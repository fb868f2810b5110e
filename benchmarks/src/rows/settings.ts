import { readFile as readFileByCallback } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { FileSettingsStore } from '@oh/settings-store';
import { openHandsHome } from '@oh-tools/fixtures';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import type { Side } from '../measure-rates.ts';
import type { RowContext } from './row-context.ts';

const fileName = 'settings.json';

/** The settings that OpenHands wrote, 1.1 KB: read, validated and with their keys masked, against read and parsed. */
export async function measureSettings(context: RowContext): Promise<Finding[]> {
  const root = context.directory;
  const path = join(root, fileName);
  await copyFile(join(openHandsHome, fileName), path);
  await using files = new LocalFileStore({ root });
  const settings = new FileSettingsStore({ files });
  const readText = promisify(readFileByCallback);
  const wanted = { ratioAtLeast: 0.5 };
  const others = [
    { ...loading('fs/promises readFile, JSON.parse', async () => JSON.parse(await readFile(path, 'utf8'))), wanted },
    { ...loading('fs.readFile, JSON.parse', async () => JSON.parse(await readText(path, 'utf8'))), wanted },
    { ...loading('read of the file store, JSON.parse', async () => JSON.parse(await files.read(fileName))), wanted },
  ];
  return await compareRates({ what: 'load settings', inFlight: 1, ours: loading('ours', () => settings.load()), others }, context);
}

function loading(name: string, load: () => Promise<{ readonly email?: unknown } | null>): Side {
  return {
    name,
    run: async () => {
      if ((await load())?.email !== 'dev@example.test') {
        throw new Error(`${name} gave other settings`);
      }
    },
  };
}
