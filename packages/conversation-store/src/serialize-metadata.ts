import type { ConversationMetadata } from './conversation-metadata.ts';
import { metadataFields } from './conversation-metadata-schema.ts';

/**
 * Writes a record as OpenHands does: compact JSON, the known fields first and in its order, floats with a fraction.
 *
 * @param metadata A record that `conversationMetadataSchema` gave.
 * @param unknownFields What is written after the known fields, in its own order.
 */
export function serializeMetadata(metadata: ConversationMetadata, unknownFields: Iterable<readonly [string, unknown]>): string {
  const known = metadataFields.map((field) => member(field, serializeField(field, metadata[field])));
  const unknown = Array.from(unknownFields, ([field, value]) => member(field, JSON.stringify(value)));
  return `{${[...known, ...unknown].join(',')}}`;
}

/** The fields of a record that this version does not know, in their order; a field without value is none. */
export function unknownFieldsOf(record: object): [string, unknown][] {
  return Object.entries(record).filter(([field, value]) => value !== undefined && !metadataFields.includes(field));
}

function member(field: string, value: string): string {
  return `${JSON.stringify(field)}:${value}`;
}

function serializeField(field: string, value: unknown): string {
  if (typeof value === 'number') {
    return field === 'accumulated_cost' ? serializeFloat(value) : serializeInteger(value);
  }
  return Array.isArray(value) ? `[${value.map(serializeInteger).join(',')}]` : JSON.stringify(value);
}

/** Never with an exponent, which OpenHands would take for a float. */
function serializeInteger(value: number): string {
  return BigInt(value).toString();
}

/**
 * As pydantic: `0.0`, exponents from 1e16 and below 1e-5. What is not finite becomes a text that pydantic reads; it would itself write
 * `null` there, and then refuse to read it.
 */
function serializeFloat(value: number): string {
  if (!Number.isFinite(value)) {
    return JSON.stringify(String(value));
  }
  const magnitude = Math.abs(value);
  if (magnitude >= 1e16 || (magnitude > 0 && magnitude < 1e-5)) {
    return value.toExponential();
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}
