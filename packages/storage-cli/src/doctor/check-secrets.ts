import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { FileSecretsStore } from '@oh/secrets-store';
import { FileSettingsStore } from '@oh/settings-store';
import type { DoctorParts } from './doctor-parts.ts';
import type { CheckName } from './finding.ts';

/** Opens every secret of a user. */
export async function checkSecrets(userId: string | undefined, parts: DoctorParts): Promise<void> {
  const { files, layout, keys, signal } = parts;
  const format = layout.name === 'sessions' ? 'openhands' : 'encrypted';
  await telling('secrets', parts, async () => {
    const secrets = await new FileSecretsStore({
      files,
      layout,
      userId,
      keys,
      format,
      fernetPassphrase: '',
      previousFernetPassphrases: () => [],
    }).load({ signal });
    for (const { error } of secrets?.unreadable ?? []) {
      await tell('secrets', error, parts);
    }
  });
  if (await files.exists(layout.openHandsSecrets(userId), { signal })) {
    await parts.report({
      severity: 'warning',
      check: 'secrets',
      path: layout.openHandsSecrets(userId),
      message: 'secrets lie here as OpenHands keeps them, perhaps in plain text',
      advice: 'where OpenHands itself is not used any more, import them: oh-storage import openhands',
    });
  }
}

/** Reads the settings of a user, and opens the keys in them. */
export async function checkSettings(userId: string | undefined, parts: DoctorParts): Promise<void> {
  const { files, layout, keys, signal } = parts;
  const format = layout.name === 'sessions' ? 'openhands' : 'native';
  await telling('settings', parts, async () => {
    await new FileSettingsStore({ files, layout, userId, sealer: keys, format }).load({ signal });
  });
}

async function telling(check: CheckName, parts: DoctorParts, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    parts.signal?.throwIfAborted();
    if (!(error instanceof FileStoreError)) {
      throw error;
    }
    await tell(check, error, parts);
  }
}

async function tell(check: CheckName, error: FileStoreError, { report }: DoctorParts): Promise<void> {
  const isKey = hasErrorCode(error, 'permission-denied');
  await report({
    severity: 'error',
    check: isKey ? 'keys' : check,
    path: error.path ?? '',
    message: error.message,
    advice: isKey
      ? 'give the passphrase in OH_SECRET_KEY, one of before a change in OH_PREVIOUS_SECRET_KEYS, or bring back the key file that it was encrypted with'
      : 'bring the file back from a backup; nothing is written over it as long as it cannot be read',
  });
}
