import { sha256Of } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import { isTable } from '../project/toml-reader.ts';
import type { UvLock } from './lock.ts';
import { knownUvLock, type LockDocument } from './uv-lock.ts';

export type LockStore = Pick<Store, 'getNote' | 'putNote'>;

const NAMESPACE = 'lock';

/** Raised whenever more locks are refused than before, or the note changes its shape. */
const FORMAT = 1;

/**
 * A `uv.lock` with the same text as one that was read before: not parsed again, its entries looked at when somebody asks for them.
 * `undefined`: none was.
 */
export function rememberedLock(source: Omit<LockDocument, 'document'>, store: LockStore): UvLock | undefined {
  const [top = 'null', entries = '[]'] = (store.getNote(NAMESPACE, keyOf(source)) ?? '').split('\n');
  const document: unknown = top === '' ? undefined : JSON.parse(top);
  return isTable(document) ? knownUvLock({ ...source, document }, () => JSON.parse(entries)) : undefined;
}

/** Keeps what a lock parsed to. Dates and large numbers, which JSON has not, are nowhere in a lock that uv writes. */
export function rememberLock({ document, ...source }: LockDocument, store: LockStore): void {
  const { package: entries, ...top } = document;
  if (Array.isArray(entries) && isJson(document))
    store.putNote(NAMESPACE, keyOf(source), `${JSON.stringify(top)}\n${JSON.stringify(entries)}`);
}

function keyOf({ text }: Pick<LockDocument, 'text'>): string {
  return `${FORMAT} ${sha256Of(text)}`;
}

function isJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value === 'object' && value !== null) return !(value instanceof Date) && Object.values(value).every(isJson);
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
