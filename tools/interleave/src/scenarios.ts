import type { Scenario } from './scenario.ts';
import { backupScenarios } from './scenarios/backup-scenarios.ts';
import { conversationScenarios } from './scenarios/conversation-scenarios.ts';
import { copyScenarios } from './scenarios/copy-scenarios.ts';
import { deletionScenarios } from './scenarios/deletion-scenarios.ts';
import { deliveryScenarios } from './scenarios/delivery-scenarios.ts';
import { eventScenarios } from './scenarios/event-scenarios.ts';
import { secretsScenarios } from './scenarios/secrets-scenarios.ts';
import { settingsScenarios } from './scenarios/settings-scenarios.ts';
import { webhookScenarios } from './scenarios/webhook-scenarios.ts';

/** All of them. */
export const scenarios: readonly Scenario[] = [
  ...eventScenarios,
  ...copyScenarios,
  ...deletionScenarios,
  ...conversationScenarios,
  ...secretsScenarios,
  ...settingsScenarios,
  ...backupScenarios,
  ...webhookScenarios,
  ...deliveryScenarios,
];
