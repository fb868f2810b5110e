import { dirname } from 'node:path/posix';
import { hasTombstone } from '@oh/file-store-core/tombstones';
import { formatCount } from '../format-count.ts';
import { type ConversationDirectory, findUnknown } from '../import/find-without-record.ts';
import { isAgentServerConversation } from '../import/has-agent-server.ts';
import type { DoctorParts } from './doctor-parts.ts';
import type { Finding } from './finding.ts';

type Trouble = Pick<Finding, 'message' | 'advice'>;

const wasDeleted: Trouble = {
  message: 'this conversation was deleted, so that nobody finds its files: they were restored, or the deletion has not ended',
  advice:
    'to have it back, copy them to a store of their own, delete it again, and take it from there with "conversations export" and "conversations import"; else delete it again',
};

const hasNoRecord: Trouble = {
  message: 'no record says of which conversation this is, so that nobody finds it',
  advice: 'bring its metadata.json back from a backup, or delete the directory',
};

/**
 * Looks for conversations that nobody finds: files of a deleted one that a backup has brought back, those without a record, and those in a form that is for an import alone.
 *
 * @param users Whose. @param known The ids of all that were found.
 */
export async function checkUnknown(users: readonly (string | undefined)[], known: ReadonlySet<string>, parts: DoctorParts): Promise<void> {
  const { files, layout, report, signal } = parts;
  const others: string[] = [];
  for await (const directory of findUnknown(users, known, { from: files, fromLayout: layout, signal })) {
    const { path } = directory;
    if (await isAgentServerConversation(files, path, { signal })) {
      others.push(path);
      continue;
    }
    const trouble = await findTrouble(directory, parts);
    if (trouble !== undefined) {
      await report({ severity: 'warning', check: 'conversations', path, ...trouble });
    }
  }
  const [first] = others;
  if (first !== undefined) {
    await report({
      severity: 'warning',
      check: 'conversations',
      path: dirname(first),
      message: `${formatCount(others.length, 'conversation')} of OpenHands' agent server or command line, which nobody finds in this form`,
      advice: 'bring them into a place of their own with "oh-storage import openhands"',
    });
  }
}

/** @returns `undefined` where the conversation was made since the others were found. */
async function findTrouble({ id, userId }: ConversationDirectory, { files, layout, signal }: DoctorParts): Promise<Trouble | undefined> {
  if (id === undefined) {
    return hasNoRecord;
  }
  if (await hasTombstone(files, layout.conversationTombstone(id, userId), { signal })) {
    return wasDeleted;
  }
  return (await files.exists(layout.conversationMetadata(id, userId), { signal })) ? undefined : hasNoRecord;
}
