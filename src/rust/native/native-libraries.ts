import satisfies from 'semver/functions/satisfies.js';
import { cfgHolds, parseCfgKey } from '../cargo/cfg-expression.ts';
import { BUILD_TOOLS, NOTHING_NEEDED } from './native-build-tools.ts';
import { NATIVE_LIBRARIES, type NativeEntry } from './native-libraries-table.ts';
import type { NativeOverride } from './native-override.ts';

/** A package whose build script is about to run. */
export interface NativeQuestion {
  readonly crate: string;
  readonly version: string;
  /** `links` of its manifest; `undefined`: none. */
  readonly links: string | undefined;
  /** Features of the script-run unit. */
  readonly features: readonly string[];
  /** Names of all packages its script is built from, direct and not. */
  readonly buildDependencies: Iterable<string>;
  /** Modules its manifest declares in `[package.metadata.system-deps]`. */
  readonly declaredModules: readonly NativeNeed[];
  readonly platform: NativePlatform;
  /** Of `ferrule.toml`, in its order: a later one wins where only one can. */
  readonly overrides: readonly NativeOverride[];
  /** Whether the user has set a variable. */
  readonly isSet: (variable: string) => boolean;
}

/** Platform the package is built for. */
export interface NativePlatform {
  readonly triple: string;
  /** Lines of `rustc --print cfg`. */
  readonly cfg: ReadonlySet<string>;
}

export interface NativeNeed {
  readonly name: string;
  /** Without it the build cannot go on; else it is only let in when it is there. */
  readonly required: boolean;
}

/** What a build script may see of the machine, and what it cannot do without. Lists are sorted by name and free of duplicates. */
export interface NativeNeeds {
  /** pkg-config modules. */
  readonly modules: readonly NativeNeed[];
  /** Libraries linked by name. */
  readonly libraries: readonly NativeNeed[];
  /** Programs, and `libclang`. */
  readonly tools: readonly NativeNeed[];
  readonly environment: Readonly<Record<string, string>>;
  readonly passEnvironment: readonly string[];
  readonly inputs: readonly string[];
  readonly writableSource: boolean;
  /** Patch files in the order they are applied. */
  readonly patches: readonly string[];
  /** Who knew: `unknown` means a `links` crate that neither `ferrule.toml` nor the table speaks of. */
  readonly coverage: 'override' | 'table' | 'nothing-needed' | 'unknown';
}

/** Looks up what a package's build script needs: `ferrule.toml` and the built-in tables together. */
export function nativeNeeds(question: NativeQuestion): NativeNeeds {
  const overrides = question.overrides.filter((override) => override.crate === question.crate && appliesTo(override, question));
  const rows = (ROWS.get(question.crate) ?? []).filter((row) => rowApplies(row, question));
  const wants = [...overrides.map(overrideWants), ...rows.map((row) => rowWants(row, question))];
  const unused = new Set(rows.flatMap((row) => (goesAnotherWay(row, question) ? [] : (row.unusedTools ?? []))));
  const fromDependencies = toolsOf(question.buildDependencies).filter((tool) => !unused.has(tool));
  // Told about Python by a file, pyo3's scripts look for none on the machine: it may not be in their keys.
  const looksForPython = !isSet('PYO3_CONFIG_FILE', question);
  const tools = merge([...wants.flatMap((want) => want.tools), ...needs(fromDependencies, false)]).filter(
    ({ name, required }) => required || looksForPython || name !== 'python3',
  );
  const modules = merge([...wants.flatMap((want) => want.modules), ...question.declaredModules]);
  const runsPkgConfig = modules.some((module) => module.required);
  return {
    modules,
    libraries: merge(wants.flatMap((want) => want.libraries)),
    tools: runsPkgConfig ? merge([...tools, { name: 'pkg-config', required: true }]) : tools,
    environment: Object.assign({}, ...overrides.map((override) => override.environment)),
    passEnvironment: [...new Set(overrides.flatMap((override) => override.passEnvironment))].toSorted(),
    inputs: [...new Set([...overrides.flatMap((override) => override.inputs), ...rows.flatMap((row) => row.inputs ?? [])])].toSorted(),
    writableSource: overrides.some((override) => override.writableSource),
    patches: overrides.flatMap((override) => override.patch ?? []),
    coverage: coverageOf(question, overrides.length > 0),
  };
}

const ROWS: ReadonlyMap<string, readonly NativeEntry[]> = groupByCrate(NATIVE_LIBRARIES);

function groupByCrate(rows: readonly NativeEntry[]): ReadonlyMap<string, readonly NativeEntry[]> {
  const groups = new Map<string, NativeEntry[]>();
  for (const row of rows) {
    const group = groups.get(row.crate);
    if (group === undefined) groups.set(row.crate, [row]);
    else group.push(row);
  }
  return groups;
}

interface Wants {
  readonly modules: readonly NativeNeed[];
  readonly libraries: readonly NativeNeed[];
  readonly tools: readonly NativeNeed[];
}

function overrideWants(override: NativeOverride): Wants {
  return { modules: needs(override.pkgConfig, true), libraries: [], tools: needs(override.tools, true) };
}

function rowWants(row: NativeEntry, question: NativeQuestion): Wants {
  const required = !goesAnotherWay(row, question);
  return {
    modules: [...needs(row.pkgConfig, required), ...needs(row.optionalPkgConfig, false)],
    libraries: needs(row.libraries, required),
    tools: [...needs(row.tools, required), ...needs(row.optionalTools, false)],
  };
}

function goesAnotherWay(row: NativeEntry, question: NativeQuestion): boolean {
  return (row.unlessSet ?? []).some((variable) => isSet(variable, question));
}

/** By the user or by an override of the crate. */
function isSet(variable: string, question: NativeQuestion): boolean {
  return (
    question.isSet(variable) ||
    question.overrides.some((override) => override.crate === question.crate && Object.hasOwn(override.environment, variable))
  );
}

function rowApplies(row: NativeEntry, question: NativeQuestion): boolean {
  const has = (feature: string): boolean => question.features.includes(feature);
  return (
    appliesTo({ version: row.version, platform: row.platform }, question) &&
    (row.with === undefined || row.with.some(has)) &&
    !(row.without ?? []).some(has) &&
    (row.whenSet === undefined || row.whenSet.some((variable) => isSet(variable, question)))
  );
}

interface Scope {
  readonly version: string | undefined;
  readonly platform: string | undefined;
}

function appliesTo({ version, platform }: Scope, question: Pick<NativeQuestion, 'version' | 'platform'>): boolean {
  return (
    (version === undefined || versionMeets(question.version, version)) &&
    (platform === undefined || platformMatches(platform, question.platform))
  );
}

/** Whether a version meets a requirement in cargo's spelling: parts joined by `,`, and a bare `1.2` means `^1.2`. */
export function versionMeets(version: string, requirement: string): boolean {
  const range = requirement
    .split(',')
    .map((part) => part.trim())
    .map((part) => (/^\d/.test(part) && !part.includes('*') ? `^${part}` : part))
    .join(' ');
  return satisfies(version, range, { includePrerelease: true });
}

function platformMatches(expression: string, platform: NativePlatform): boolean {
  if (expression === platform.triple) return true;
  const cfg = parseCfgKey(expression);
  return cfg !== undefined && cfgHolds(cfg, platform.cfg);
}

function toolsOf(buildDependencies: Iterable<string>): readonly string[] {
  return [...buildDependencies].flatMap((name) => BUILD_TOOLS.get(name) ?? []);
}

function needs(names: readonly string[] | undefined, required: boolean): readonly NativeNeed[] {
  return (names ?? []).map((name) => ({ name, required }));
}

/** One entry for each name; required if any entry is. */
function merge(all: readonly NativeNeed[]): readonly NativeNeed[] {
  const byName = new Map<string, boolean>();
  for (const { name, required } of all) byName.set(name, required || (byName.get(name) ?? false));
  return [...byName].map(([name, required]) => ({ name, required })).toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function coverageOf({ crate, links, declaredModules }: NativeQuestion, overridden: boolean): NativeNeeds['coverage'] {
  if (overridden) return 'override';
  if (ROWS.has(crate) || declaredModules.length > 0) return 'table';
  return links === undefined || NOTHING_NEEDED.has(crate) ? 'nothing-needed' : 'unknown';
}
