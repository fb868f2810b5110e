import type { z } from 'zod';

/** Names the fields that do not fit, without their contents. */
export function describeIssues(error: z.ZodError): string {
  const fields = error.issues.map(({ path, message }) => `${path.join('.') || 'the settings'}: ${message}`);
  return [...new Set(fields)].join(', ');
}
