import type { Scenario } from './scenario.ts';
import { backupScenarios } from './scenarios/backup-scenarios.ts';
import { conversationScenarios } from './scenarios/conversation-scenarios.ts';
import { deletionScenarios } from './scenarios/deletion-scenarios.ts';
import { deliveryScenarios } from './scenarios/delivery-scenarios.ts';
import { eventScenarios } from './scenarios/event-scenarios.ts';
import { secretsScenarios } from './scenarios/secrets-scenarios.ts';
import { webhookScenarios } from './scenarios/webhook-scenarios.ts';

/** All of them. */
export const scenarios: readonly Scenario[] = [
  ...eventScenarios,
  ...deletionScenarios,
  ...conversationScenarios,
  ...secretsScenarios,
  ...backupScenarios,
  ...webhookScenarios,
  ...deliveryScenarios,
];
