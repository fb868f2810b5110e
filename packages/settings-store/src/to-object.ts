import type { SettingsFields } from './secret-paths.ts';

/** An object with these fields as its own, but for those left out. As `Object.fromEntries`, without a pair made for each field. */
export function toObject(fields: SettingsFields, leftOut?: ReadonlySet<string>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  fields.forEach((value, field) => {
    if (leftOut?.has(field) === true) {
      return;
    }
    if (field === '__proto__') {
      // An assignment would set the prototype.
      Object.defineProperty(object, field, { value, writable: true, enumerable: true, configurable: true });
    } else {
      object[field] = value;
    }
  });
  return object;
}
