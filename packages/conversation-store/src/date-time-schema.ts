import { isRawNumber } from '@oh/file-store-core/json';
import { z } from 'zod';
import { formatDateTime, parseDateTime } from './date-time.ts';

/** A datetime of a record, read as `parseDateTime` does and put into the form that OpenHands writes. */
export const dateTimeSchema: z.ZodType<string, string | number> = z.custom<string | number>().transform((input: unknown, context) => {
  const dateTime = parseDateTime(isRawNumber(input) ? Number(input.rawJSON) : input);
  if (dateTime !== undefined) {
    return formatDateTime(dateTime);
  }
  context.issues.push({ code: 'custom', message: input === undefined ? 'missing' : 'expected a datetime', input });
  return z.NEVER;
});
