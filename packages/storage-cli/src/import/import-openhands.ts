import { type AbortOptions, type FileStore, FileStoreError, sessionsLayout } from '@oh/file-store-core';
import { hasFiles } from '../locations/has-files.ts';
import { commandLineAgent } from './command-line-settings.ts';
import { hasAppServerEvents } from './find-event-directories.ts';
import { findUsers } from './find-users.ts';
import { hasAgentServer } from './has-agent-server.ts';
import { importAgentServer } from './import-agent-server.ts';
import { appServerDatabase, importAppServer } from './import-app-server.ts';
import { importConversations } from './import-conversations.ts';
import type { ImportParts } from './import-parts.ts';
import { importSecrets } from './import-secrets.ts';
import { importCommandLineSettings, importSettings } from './import-settings.ts';

/** Which program of OpenHands has written a data folder: its own server, maybe its agent server beside it, or its agent server or command line alone. */
export type OpenHandsForm = 'server' | 'agent-server';

/** Finds out which program has written a data folder. @returns `undefined` when there is nothing that any would have written. */
export async function detectForm(from: FileStore, options: AbortOptions): Promise<OpenHandsForm | undefined> {
  if ((await hasFiles(from, sessionsLayout.conversations(), options)) || (await hasAppServerEvents(from, options))) {
    return 'server';
  }
  if (await hasAgentServer(from, options)) {
    return 'agent-server';
  }
  const isServer =
    (await from.exists(sessionsLayout.settings(), options)) ||
    (await from.exists(sessionsLayout.openHandsSecrets(), options)) ||
    (await from.exists(appServerDatabase, options));
  if (isServer) {
    return 'server';
  }
  return (await from.exists(commandLineAgent, options)) ? 'agent-server' : undefined;
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
  await importAppServer(parts);
  // OpenHands' command line keeps its conversations in the same folder.
  if (await hasAgentServer(from, { signal })) {
    await importAgentServer(parts);
  }
}

function ofUser(userId: string | undefined): string {
  return userId === undefined ? '' : ` of the user ${JSON.stringify(userId)}`;
}
