type JsonObject = Readonly<Record<string, unknown>>;

/** Hashes that cargo names units by: those of a derivation's own units, and those of each of its needs. */
export interface KnownUnits {
  readonly own: readonly string[];
  readonly needs: readonly (readonly string[])[];
}

const HASH = /(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])/g;

/**
 * A JSON object with references where it names units: `<1>` is the derivation's own second hash, `<3.0>` the first of its fourth need. cargo's
 * hashes differ from machine to machine, and with references in their place most derivations are the same on all.
 */
export function withReferences(value: JsonObject, { own, needs }: KnownUnits): JsonObject {
  const references = new Map<string, string>();
  for (const [index, hash] of own.entries()) references.set(hash, `<${index}>`);
  for (const [need, hashes] of needs.entries()) {
    for (const [index, hash] of hashes.entries()) if (!references.has(hash)) references.set(hash, `<${need}.${index}>`);
  }
  return objectWithTexts(value, (text) => text.replaceAll(/<(?=[\d\\])/g, '<\\').replaceAll(HASH, (hash) => references.get(hash) ?? hash));
}

/** What {@link withReferences} was made from. Throws for a reference to nothing. */
export function withUnits(value: JsonObject, { own, needs }: KnownUnits): JsonObject {
  return objectWithTexts(value, (text) =>
    text.replaceAll(/<(?:\\|(\d+)(?:\.(\d+))?>)/g, (whole, first?: string, second?: string) => {
      if (first === undefined) return '<';
      const hash = second === undefined ? own[Number(first)] : needs[Number(first)]?.[Number(second)];
      if (hash === undefined) throw new Error(`\`${whole}\` stands for no unit`);
      return hash;
    }),
  );
}

function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => withTexts(item, change));
  return typeof value === 'object' && value !== null ? objectWithTexts(value, change) : value;
}

function objectWithTexts(value: object, change: (text: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), withTexts(item, change)]));
}
