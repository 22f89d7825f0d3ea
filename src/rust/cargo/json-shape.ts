/** Reading of another program's JSON, field by field: what is not as expected throws a {@link ShapeError}, caught where the document is parsed. */
export class ShapeError extends Error {
  /** Field at fault, such as `mode`. */
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`\`${field}\` ${problem}`);
    this.name = 'ShapeError';
    this.field = field;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown, field: string): JsonObject {
  if (!isObject(value)) throw new ShapeError(field, 'is not an object');
  return value;
}

export function objectIn(parent: JsonObject, field: string): JsonObject {
  return objectOf(parent[field], field);
}

export function arrayIn(parent: JsonObject, field: string): readonly unknown[] {
  const value = parent[field];
  if (!Array.isArray(value)) throw new ShapeError(field, 'is not an array');
  return value;
}

export function stringIn(parent: JsonObject, field: string): string {
  const value = parent[field];
  if (typeof value !== 'string') throw new ShapeError(field, 'is not a string');
  return value;
}

/** `undefined` for `null` and for a missing field. */
export function optionalStringIn(parent: JsonObject, field: string): string | undefined {
  const value = parent[field];
  return value === null || value === undefined ? undefined : stringIn(parent, field);
}

export function stringsIn(parent: JsonObject, field: string): readonly string[] {
  const value = parent[field];
  if (!Array.isArray(value)) throw new ShapeError(field, 'is not an array');
  if (!value.every((item) => typeof item === 'string')) throw new ShapeError(field, 'holds something else than strings');
  return value;
}

/** An empty list for a missing field. */
export function optionalStringsIn(parent: JsonObject, field: string): readonly string[] {
  return parent[field] === undefined || parent[field] === null ? [] : stringsIn(parent, field);
}

export function booleanIn(parent: JsonObject, field: string): boolean {
  const value = parent[field];
  if (typeof value !== 'boolean') throw new ShapeError(field, 'is neither true nor false');
  return value;
}

/** `false` for a missing field. */
export function flagIn(parent: JsonObject, field: string): boolean {
  return parent[field] === undefined ? false : booleanIn(parent, field);
}

export function numberIn(parent: JsonObject, field: string): number {
  const value = parent[field];
  if (typeof value !== 'number') throw new ShapeError(field, 'is not a number');
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
