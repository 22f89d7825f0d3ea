import type { Ingredients, RecordedInput } from '../record/run-record.ts';
import { withoutHashes } from './unit-hashes.ts';
import { compareFlags } from './compare-flags.ts';
import type { Difference } from './difference.ts';

export interface IngredientPair {
  readonly before: Ingredients;
  readonly after: Ingredients;
  /** The package's versions, where they differ: everything that only says so again is left out. */
  readonly newVersion: boolean;
  /** A build script that the unit's call is completed with has changed: what it may have said is not the unit's own. */
  readonly newScript: boolean;
  readonly package: string;
  /** What calls itself how, by content. */
  readonly toolchains: Readonly<Record<string, string>>;
}

/** Differences between two keys' ingredients. */
export interface IngredientDifferences {
  readonly own: readonly Difference[];
  /** What a changed build script may have said, and may be the unit's own as well. */
  readonly perhaps: readonly Difference[];
}

/**
 * What differs between the ingredients of two keys by itself. What comes from other nodes (compiled dependencies, directories of build
 * scripts, `DEP_` variables, hashes in names) is left out: there it is a difference of its own.
 */
export function compareIngredients(pair: IngredientPair): IngredientDifferences {
  const { before, after, newScript } = pair;
  const all = [
    ...compareInputs(pair),
    ...compareFlags(before.arguments, after.arguments),
    ...compareEnvironments(pair),
    ...comparePlatforms(pair),
  ];
  const isDoubtful = (difference: Difference): boolean => newScript && mayComeFromScript(difference, pair);
  return { own: all.filter((difference) => !isDoubtful(difference)), perhaps: all.filter(isDoubtful) };
}

/** Flags and variables that a build script can add to a compilation; scripts' own runs have no crate's name. */
function mayComeFromScript({ kind, name }: Difference, { before, after }: IngredientPair): boolean {
  if (kind === 'flag') return /^(?:--cfg|--check-cfg|-l|-L|-C link-arg)\b/.test(name);
  if (kind !== 'environment' || after.environment['CARGO_CRATE_NAME'] === undefined) return false;
  return (after.environment[name] ?? before.environment[name] ?? '').startsWith('#');
}

function compareEnvironments({ before, after, newVersion }: IngredientPair): readonly Difference[] {
  return changedNames(before.environment, after.environment, withoutHashes).flatMap(({ name, change }): readonly Difference[] => {
    if (name.startsWith('DEP_') || (newVersion && /^CARGO_PKG_VERSION|^CARGO_MANIFEST_/.test(name))) return [];
    const field = /^CARGO_PKG_(.*)/.exec(name)?.[1];
    if (field !== undefined) return [{ kind: 'manifest', name: field.toLowerCase().replaceAll('_', '-'), change: 'changed' }];
    return [{ kind: 'environment', name, change }];
  });
}

function comparePlatforms({ before, after }: IngredientPair): readonly Difference[] {
  return changedNames(before.platform, after.platform).flatMap(({ name, change }): readonly Difference[] => {
    if (name === 'writable') return [];
    if (name === 'compilers') return [{ kind: 'machine', name: 'C compiler, linker or C library of the machine', change: 'changed' }];
    if (name === 'root') return [{ kind: 'machine', name: 'directory of builds without a sandbox', change }];
    const [sort, rest] = name.split(':', 2);
    if (rest !== undefined) return [{ kind: 'machine', name: `${sort === 'library' ? 'system library' : sort} \`${rest}\``, change }];
    return [{ kind: 'machine', name, change, ...shown('before', before.platform[name]), ...shown('after', after.platform[name]) }];
  });
}

function compareInputs(pair: IngredientPair): readonly Difference[] {
  const { before, after, newVersion, toolchains } = pair;
  const [old, fresh] = [placed(before), placed(after)];
  const differences: Difference[] = [];
  for (const place of new Set([...old.keys(), ...fresh.keys()])) {
    const [was, is] = [old.get(place), fresh.get(place)];
    if (was !== undefined && is !== undefined && contentOf(was) === contentOf(is)) continue;
    if (isOfOthers(place)) continue;
    if (place === 'build/toolchain' || place === 'build/python') {
      const name = place === 'build/toolchain' ? 'toolchain' : 'Python interpreter';
      const change = { ...shown('before', toolchains[contentOf(was)]), ...shown('after', toolchains[contentOf(is)]) };
      differences.push({ kind: 'toolchain', name, change: 'changed', ...change });
    } else if (place === 'build/ferrule/runner.py') {
      differences.push({ kind: 'machine', name: "Ferrule's program that calls build backends", change: changeOf(was, is) });
    } else if (place === 'build/src' || place === 'build/out/src') {
      differences.push(...compareFiles({ was, is, package: pair.package }));
    } else if (/^build\/(?:registry|git)\//.test(place)) {
      if (!newVersion) differences.push({ kind: 'input', name: place.replace(/^build\//, ''), change: changeOf(was, is) });
    } else if (place.startsWith('wheel/')) {
      const name = place.slice('wheel/'.length);
      if (!isMadeInWheel(name)) differences.push({ kind: 'file', name: `${name} (in the wheel)`, change: changeOf(was, is) });
    } else if (!newVersion || place.startsWith('build/')) {
      differences.push({ kind: 'input', name: place.replace(/^build\//, ''), change: changeOf(was, is) });
    }
  }
  return differences;
}

/** Made by other nodes, which are compared by themselves. */
function isOfOthers(place: string): boolean {
  return /^(?:build\/target\/|build\/requires\/|distribution\/)/.test(place);
}

/** Files of a wheel that follow from others: the list of all files, and compiled modules. */
function isMadeInWheel(path: string): boolean {
  return /\.dist-info\/(?:RECORD|WHEEL|sboms\/.*)$|\.(?:so|pyd|dylib)$/.test(path);
}

/** Inputs by place; what is named by its own content has one name. */
function placed(ingredients: Ingredients): ReadonlyMap<string, RecordedInput> {
  const entries = Object.entries(ingredients.inputs);
  return new Map(
    entries.map(([path, input]) => [withoutHashes(path).replace(/^(build\/ferrule\/)[0-9a-f]{16}\.json$/, '$1request.json'), input]),
  );
}

function compareFiles(options: {
  readonly was: RecordedInput | undefined;
  readonly is: RecordedInput | undefined;
  readonly package: string;
}): readonly Difference[] {
  const [before, after] = [filesOf(options.was), filesOf(options.is)];
  if (before === undefined || after === undefined) return [{ kind: 'sources', name: options.package, change: 'changed' }];
  const changes = changedNames(before, after);
  const gone = new Map(changes.flatMap(({ name, change }) => (change === 'removed' ? [[before[name], name] as const] : [])));
  const moved = new Set<string>();
  const differences = changes.flatMap(({ name, change }): readonly Difference[] => {
    const from = change === 'added' ? gone.get(after[name]) : undefined;
    if (from === undefined || moved.has(from)) return change === 'removed' ? [] : [{ kind: 'file', name, change }];
    moved.add(from);
    return [{ kind: 'file', name: from, change: 'changed', before: from, after: name }];
  });
  const left = [...gone.values()].filter((name) => !moved.has(name));
  return [...differences, ...left.map((name): Difference => ({ kind: 'file', name, change: 'removed' }))];
}

function filesOf(input: RecordedInput | undefined): Readonly<Record<string, string>> | undefined {
  if (input === undefined) return {};
  return typeof input === 'string' ? undefined : input.files;
}

function contentOf(input: RecordedInput | undefined): string {
  return typeof input === 'object' ? input.tree : (input ?? '');
}

function changeOf(was: unknown, is: unknown): Difference['change'] {
  return was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
}

function shown(side: 'before' | 'after', value: string | undefined): Partial<Record<'before' | 'after', string>> {
  return value === undefined ? {} : { [side]: value };
}

interface ChangedName {
  readonly name: string;
  readonly change: Difference['change'];
}

function changedNames(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  simplify: (value: string) => string = (value) => value,
): readonly ChangedName[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    const isSame = was === is || (was !== undefined && is !== undefined && simplify(was) === simplify(is));
    return isSame ? [] : [{ name, change: changeOf(was, is) }];
  });
}
