import { type AbortOptions, type FileStore, FileStoreError, sessionsLayout } from '@oh/file-store-core';
import { hasFiles } from '../locations/has-files.ts';
import { commandLineAgent } from './command-line-settings.ts';
import { findUsers } from './find-users.ts';
import { hasAgentServer } from './has-agent-server.ts';
import { importAgentServer } from './import-agent-server.ts';
import { importConversations } from './import-conversations.ts';
import type { ImportParts } from './import-parts.ts';
import { importSecrets } from './import-secrets.ts';
import { importCommandLineSettings, importSettings } from './import-settings.ts';

/** Which program of OpenHands has written a data folder: its own server, maybe its agent server beside it, or its agent server alone. */
export type OpenHandsForm = 'server' | 'agent-server';

/** Where OpenHands 1.x itself keeps the events of its conversations, whose records are in a database, `openhands.db`. */
const appServerDirectory = 'v1_conversations';

/** Finds out which program has written a data folder. @returns `undefined` when there is nothing that either would have written. */
export async function detectForm(from: FileStore, options: AbortOptions): Promise<OpenHandsForm | undefined> {
  if (await hasFiles(from, sessionsLayout.conversations(), options)) {
    return 'server';
  }
  if (await hasAgentServer(from, options)) {
    return 'agent-server';
  }
  const found = await Promise.all([
    from.exists(sessionsLayout.settings(), options),
    from.exists(sessionsLayout.openHandsSecrets(), options),
    from.exists(commandLineAgent, options),
    hasFiles(from, appServerDirectory, options),
  ]);
  return found.includes(true) ? 'server' : undefined;
}

/**
 * Imports conversations, events, settings and secrets of OpenHands. What is there already stays; it may be stopped at any moment and repeated.
 *
 * Nothing that cannot be read hides anything else: it is told to the report. Secrets and keys are masked in events, so that conversations are imported only when
 * all of these could be read.
 */
export async function importOpenHands(parts: ImportParts): Promise<void> {
  const { from, report, unread, signal } = parts;
  const users = await findUsers(from, { signal });
  if (await hasFiles(from, appServerDirectory, { signal })) {
    const message = `OpenHands 1.x keeps their records in a database; all else is imported, and ${JSON.stringify(appServerDirectory)} stays as it is`;
    report.failure('the conversations of OpenHands 1.x', new FileStoreError('unsupported', message, { path: appServerDirectory }));
  }
  // Before the events, in which they are masked.
  for (const userId of users) {
    await report.attempt('secrets', `the secrets${ofUser(userId)}`, signal, () => importSecrets(userId, parts));
  }
  for (const userId of users) {
    await report.attempt('settings', `the settings${ofUser(userId)}`, signal, () => importSettings(userId, parts));
  }
  await report.attempt('settings', "the settings of OpenHands' command line", signal, () => importCommandLineSettings(parts));
  if (unread.size > 0) {
    const files = [...unread].map((path) => JSON.stringify(path)).join(', ');
    const message =
      `what is secret in ${files} could not all be read, and would stand in their events in clear; mend what is named above and run it again, ` +
      `or import a copy of the folder without ${unread.size === 1 ? 'that file' : 'those files'}, whose secrets then stay in events as they are`;
    report.failure('the conversations', new FileStoreError('permission-denied', message));
    return;
  }
  await importConversations(users, parts);
  // OpenHands' command line keeps its conversations in the same folder.
  if (await hasAgentServer(from, { signal })) {
    await importAgentServer(parts);
  }
}

function ofUser(userId: string | undefined): string {
  return userId === undefined ? '' : ` of the user ${JSON.stringify(userId)}`;
}
