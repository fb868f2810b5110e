import { checkConversations } from './check-conversations.ts';
import { checkOutbox } from './check-outbox.ts';
import { checkPermissions } from './check-permissions.ts';
import { checkSecrets, checkSettings } from './check-secrets.ts';
import { checkServer } from './check-server.ts';
import { checkTemporaryFiles } from './check-temporary-files.ts';
import type { DoctorParts } from './doctor-parts.ts';
import type { CheckName } from './finding.ts';

/** Looks at everything; a check that fails is a finding itself, and hinders no other. */
export async function runDoctor(parts: DoctorParts): Promise<void> {
  const checks: readonly (readonly [CheckName, () => Promise<void>])[] = [
    ['server', () => checkServer(parts)],
    ['permissions', () => checkPermissions(parts)],
    ['temporary-files', () => checkTemporaryFiles(parts)],
    ['outbox', () => checkOutbox(parts)],
    ...parts.users.flatMap((userId) => [
      ['settings', () => checkSettings(userId, parts)] as const,
      ['secrets', () => checkSecrets(userId, parts)] as const,
      ['conversations', () => checkConversations(userId, parts)] as const,
    ]),
  ];
  for (const [check, run] of checks) {
    try {
      await run();
    } catch (error) {
      parts.signal?.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      await parts.report({ severity: 'error', check, path: '', message, advice: 'see to what stands in the way, and run it again' });
    }
  }
}
