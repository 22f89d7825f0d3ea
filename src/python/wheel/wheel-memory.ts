import { parseSha256 } from '../../model/digest.ts';
import { normalizeName } from '../distribution-name.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { EntryPoint, NativeObject, UnpackedWheel } from '../wheel.ts';

const NAMESPACE = 'wheel';

/** Changes whenever the layout of an unpacked wheel, what is refused, or what is known of it changes. */
const RULES = 1;

type MemoryStore = Pick<DirectoryStore, 'treePath' | 'getNote' | 'putNote'>;

/** A wheel that was kept under a key before; `undefined`: it was not, or its tree is gone. */
export function rememberedWheel(store: MemoryStore, key: string): UnpackedWheel | undefined {
  const note = store.getNote(NAMESPACE, noteKey(key));
  const wheel = note === undefined ? undefined : decodeWheel(note);
  return wheel !== undefined && store.treePath(wheel.tree) !== undefined ? wheel : undefined;
}

export function rememberWheel(store: MemoryStore, entry: { readonly key: string; readonly wheel: UnpackedWheel }): void {
  store.putNote(NAMESPACE, noteKey(entry.key), JSON.stringify(entry.wheel));
}

function noteKey(key: string): string {
  return `rules ${RULES} ${key}`;
}

/** A wheel from its JSON; `undefined`: it is none. */
export function decodeWheel(text: string): UnpackedWheel | undefined {
  const value: unknown = JSON.parse(text);
  try {
    return wheelOf(fieldsOf(value));
  } catch (error) {
    if (error instanceof NotAWheel) return undefined;
    throw error;
  }
}

class NotAWheel extends Error {}

type Fields = Readonly<Record<string, unknown>>;

function wheelOf(fields: Fields): UnpackedWheel {
  const tree = fieldsOf(fields['tree']);
  const facts = fieldsOf(fields['facts']);
  const points = fieldsOf(facts['entryPoints']);
  const hash = parseSha256(textOf(tree['hash']));
  const size = tree['size'];
  if (hash === undefined || typeof size !== 'number') throw new NotAWheel();
  const metadataName = textOf(facts['metadataName']);
  let nativeObjects: readonly NativeObject[] | undefined;
  return {
    tree: { hash, size },
    facts: {
      name: normalizeName(metadataName),
      metadataName,
      version: textOf(facts['version']),
      distInfo: textOf(facts['distInfo']),
      tags: textsOf(facts['tags']),
      entryPoints: { console: listOf(points['console']).map(entryPointOf), gui: listOf(points['gui']).map(entryPointOf) },
      // Hundreds in a large wheel, and only asked for when an environment is planned anew.
      get nativeObjects() {
        nativeObjects ??= listOf(facts['nativeObjects']).map(nativeObjectOf);
        return nativeObjects;
      },
      namespaces: textsOf(facts['namespaces']),
      recordProblems: textsOf(facts['recordProblems']),
    },
  };
}

function entryPointOf(value: unknown): EntryPoint {
  const fields = fieldsOf(value);
  return { name: textOf(fields['name']), module: textOf(fields['module']), attribute: optionalTextOf(fields['attribute']) };
}

function nativeObjectOf(value: unknown): NativeObject {
  const fields = fieldsOf(value);
  const versions = Object.entries(fieldsOf(fields['symbolVersions']));
  return {
    path: textOf(fields['path']),
    soname: optionalTextOf(fields['soname']),
    needed: textsOf(fields['needed']),
    runpath: textsOf(fields['runpath']),
    symbolVersions: Object.fromEntries(versions.map(([library, names]) => [library, textsOf(names)])),
    machine: textOf(fields['machine']),
  };
}

function fieldsOf(value: unknown): Fields {
  if (!isFields(value)) throw new NotAWheel();
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new NotAWheel();
  return value;
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).map(textOf);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new NotAWheel();
  return value;
}

function optionalTextOf(value: unknown): string | undefined {
  return value === undefined ? undefined : textOf(value);
}
