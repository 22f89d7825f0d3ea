import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import type { InputEntry } from '../model/tree.ts';
import type { PlatformFacts } from '../rust/facts.ts';
import { relativeToRoot } from '../rust/layout.ts';
import { type NativeNeeds, nativeNeeds, type NativePlatform } from '../rust/native/native-libraries.ts';
import type { NativeOverride } from '../rust/native/native-override.ts';
import type { ScriptRunUnit } from '../rust/planned-unit.ts';
import { declaredModules } from '../rust/native/system-deps.ts';
import {
  defaultLibraryDirectories,
  type LibraryPlaces,
  PKG_CONFIG_ENVIRONMENT,
  PKG_CONFIG_ROOT,
  pkgConfigDirectories,
  resolvePkgConfig,
} from '../rust/native/system-libraries.ts';
import { resolveNeeds } from '../rust/native/system-needs.ts';
import type { Unit } from '../rust/unit.ts';
import type { StatDigestCache } from '../source/stat-digest-cache.ts';
import type { Store } from '../store/store.ts';
import { BASE_ENVIRONMENT } from './host-environment.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** What a build script gets of the machine, beyond what every action has. */
export interface NativeInputs {
  /** `.pc` files, by path relative to the root. */
  readonly files: ReadonlyMap<string, InputEntry>;
  readonly environment: Readonly<Record<string, string>>;
  /** Digest of each library and tool, for the keys of the run and of what links with it. */
  readonly platform: Readonly<Record<string, string>>;
  /** Variables of the user to pass on when set. */
  readonly reads: readonly string[];
  /** The script writes into its own source. */
  readonly writableSource: boolean;
  /** Patterns of further files. */
  readonly inputs: readonly string[];
}

export interface NativeInputsOptions {
  readonly store: Store;
  readonly digests: StatDigestCache;
  readonly overrides: readonly NativeOverride[];
  /** The user's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Looks up, for each build script, what it may see of the machine's libraries and tools, and whether that is there. */
export class NativeLookup {
  readonly #options: NativeInputsOptions;
  #pkgConfig: readonly string[] | undefined;

  constructor(options: NativeInputsOptions) {
    this.#options = options;
  }

  /** F0801, F0802: a library or a tool that the script cannot do without is missing. */
  inputsOf(plan: WorkspacePlan, unit: ScriptRunUnit): Result<NativeInputs> {
    const facts = factsFor(plan, unit);
    const needs = this.needsOf(plan, unit);
    const { name: crate, version } = unit.unit.package;
    const system = resolveNeeds({
      crate,
      version,
      needs,
      libraryPlaces: needs.modules.length + needs.libraries.length > 0 ? this.#libraryPlaces(facts) : NO_PLACES,
      toolPlaces: {
        path: BASE_ENVIRONMENT.PATH.split(':'),
        triple: plan.facts.host.triple,
        libclangPath: this.#options.environment['LIBCLANG_PATH'],
      },
    });
    if (!system.ok) return system;
    const { modules, libraries, tools } = system.value;
    const pkgConfigFiles = modules.map((module): readonly [string, InputEntry] => {
      const digest = this.#options.store.putBlob(module.text);
      return [`${relativeToRoot(PKG_CONFIG_ROOT)}/${module.name}.pc`, { kind: 'file', digest, executable: false }];
    });
    const platform = Object.fromEntries([
      ...libraries.map((path) => [`library:${basename(path)}`, this.#hashOf(path)]),
      ...tools.map((tool) => [`tool:${tool.name}`, this.#hashOf(tool.realPath)]),
    ]);
    const environment = { ...PKG_CONFIG_ENVIRONMENT, ...needs.environment };
    return ok({
      files: new Map(pkgConfigFiles),
      platform,
      environment,
      reads: needs.passEnvironment,
      inputs: needs.inputs,
      writableSource: needs.writableSource,
    });
  }

  /** Whether this machine has a pkg-config module, declared or not. */
  hasModule(plan: WorkspacePlan, module: string): boolean {
    return resolvePkgConfig({ modules: [module], places: this.#libraryPlaces(plan.facts.host) }).missing.length === 0;
  }

  /** What a script may ask of whatever machine it runs on. */
  needsOf(plan: WorkspacePlan, unit: ScriptRunUnit): NativeNeeds {
    const { overrides, environment } = this.#options;
    const facts = factsFor(plan, unit);
    const { name, version, links, root } = unit.unit.package;
    const platform: NativePlatform = { triple: facts.triple, cfg: new Set(facts.cfg) };
    const buildDependencies = new Set<string>();
    if (unit.script !== undefined) collectPackages(plan.facts.graph.units, unit.script.unit, buildDependencies);
    return nativeNeeds({
      crate: name,
      version,
      links,
      features: unit.unit.features,
      buildDependencies,
      declaredModules: buildDependencies.has('system-deps')
        ? declaredModules({ manifest: readFileSync(join(root, 'Cargo.toml'), 'utf8'), features: unit.unit.features, platform })
        : [],
      platform,
      overrides,
      isSet: (variable) => environment[variable] !== undefined || unit.environment[variable] !== undefined,
    });
  }

  #libraryPlaces(facts: PlatformFacts): LibraryPlaces {
    this.#pkgConfig ??= pkgConfigDirectories({
      userPath: this.#options.environment['PKG_CONFIG_PATH'],
      builtIn: builtInPath(),
      triple: facts.triple,
    });
    return { pkgConfig: this.#pkgConfig, libraries: defaultLibraryDirectories(facts.triple) };
  }

  #hashOf(path: string): string {
    return this.#options.digests.look(path)?.digest.hash ?? 'absent';
  }
}

function factsFor(plan: WorkspacePlan, { unit }: ScriptRunUnit): PlatformFacts {
  return (unit.platform === null ? undefined : plan.facts.targets[unit.platform]) ?? plan.facts.host;
}

const NO_PLACES: LibraryPlaces = { pkgConfig: [], libraries: [] };

function collectPackages(units: readonly Unit[], index: number, names: Set<string>, seen: Set<number> = new Set()): void {
  if (seen.has(index)) return;
  seen.add(index);
  for (const dependency of units[index]?.dependencies ?? []) {
    const name = units[dependency.index]?.package.name;
    if (name !== undefined) names.add(name);
    collectPackages(units, dependency.index, names, seen);
  }
}

/** Where pkg-config looks by itself; `undefined`: there is none. */
function builtInPath(): string | undefined {
  const answer = spawnSync('pkg-config', ['--variable', 'pc_path', 'pkg-config'], {
    env: { PATH: BASE_ENVIRONMENT.PATH },
    encoding: 'utf8',
  });
  return answer.status === 0 ? answer.stdout : undefined;
}
