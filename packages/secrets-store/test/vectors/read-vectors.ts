import { readFileSync } from 'node:fs';

/** One case, its fields by name; all but `size` are hexadecimal. */
export type Vector = Readonly<Record<string, string>>;

/** All cases of a file in this directory. */
export function readVectors(name: string): readonly Vector[] {
  const { fields, tests } = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as {
    readonly fields: readonly string[];
    readonly tests: readonly (readonly (string | number)[])[];
  };
  return tests.map((values) => Object.fromEntries(values.map((value, index) => [fields[index] ?? '', String(value)])));
}

/** A field as bytes. */
export function bytesOf(vector: Vector, field: string): Buffer {
  return Buffer.from(vector[field] ?? '', 'hex');
}
