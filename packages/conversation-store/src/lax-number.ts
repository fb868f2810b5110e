import { parseLaxFloat, parseLaxInteger } from '@oh/file-store-core/json';
import { z } from 'zod';

/** An integer as `parseLaxInteger` reads it. */
export const laxIntegerSchema: z.ZodType<number, number | string | boolean> = laxNumber('expected a whole number', parseLaxInteger);

/** A float as `parseLaxFloat` reads it. */
export const laxFloatSchema: z.ZodType<number, number | string | boolean> = laxNumber('expected a number', parseLaxFloat);

function laxNumber(message: string, parse: (input: unknown) => number | undefined): z.ZodType<number, number | string | boolean> {
  return z.custom<number | string | boolean>().transform((input: unknown, context) => {
    const value = parse(input);
    if (value !== undefined) {
      return value;
    }
    context.issues.push({ code: 'custom', message, input });
    return z.NEVER;
  });
}
