/**
 * A float as pydantic writes it in JSON: `0.0`, exponents from 1e16 and below 1e-5.
 *
 * What is not finite becomes a text that pydantic reads; it would itself write `null` there, and then refuse to read it.
 */
export function toFloatText(value: number): string {
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
