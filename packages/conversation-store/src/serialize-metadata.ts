import { toFloatText } from '@oh/file-store-core/json';
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
    return field === 'accumulated_cost' ? toFloatText(value) : serializeInteger(value);
  }
  return Array.isArray(value) ? `[${value.map(serializeInteger).join(',')}]` : JSON.stringify(value);
}

/** Never with an exponent, which OpenHands would take for a float. */
function serializeInteger(value: number): string {
  return BigInt(value).toString();
}
