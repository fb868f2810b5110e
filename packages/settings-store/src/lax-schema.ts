import { parseLaxBoolean, parseLaxFloat, parseLaxInteger } from '@oh/file-store-core/json';
import { isMask } from '@oh/file-store-core/secrets';
import { z } from 'zod';

type LaxInput = number | string | boolean;

/** An integer as `parseLaxInteger` reads it. */
export const laxIntegerSchema: z.ZodType<number, LaxInput> = lax('integer', 'expected a whole number', parseLaxInteger);

/** A float as `parseLaxFloat` reads it. */
export const laxFloatSchema: z.ZodType<number, LaxInput> = lax('number', 'expected a number', parseLaxFloat);

/** A boolean as `parseLaxBoolean` reads it. */
export const laxBooleanSchema: z.ZodType<boolean, LaxInput> = lax('boolean', 'expected true or false', parseLaxBoolean);

/** A key in plain text, or none: as in OpenHands a blank text is none, and neither is a mask that was stored for a value. */
export const keySchema: z.ZodType<string | null, string | null> = z
  .string()
  .nullable()
  .transform((text) => (text === null || text.trim() === '' || isMask(text) ? null : text))
  .meta({ format: 'password', writeOnly: true });

function lax<T>(type: string, message: string, parse: (input: unknown) => T | undefined): z.ZodType<T, LaxInput> {
  return z
    .custom<LaxInput>()
    .transform((input: unknown, context) => {
      const value = parse(input);
      if (value !== undefined) {
        return value;
      }
      context.issues.push({ code: 'custom', message, input });
      return z.NEVER;
    })
    .meta({ type });
}
