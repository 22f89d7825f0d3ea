import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { sha256Of } from '../model/digest.ts';
import type { InputEntry } from '../model/tree.ts';
import type { PlatformFacts } from '../rust/facts.ts';
import { relativeToRoot } from '../rust/layout.ts';
import { missingNeed } from '../rust/native-diagnostics.ts';
import { type NativeNeed, type NativeNeeds, nativeNeeds, type NativePlatform } from '../rust/native-libraries.ts';
import type { NativeOverride } from '../rust/native-override.ts';
import type { ScriptRunUnit } from '../rust/planned-unit.ts';
import { declaredModules } from '../rust/system-deps.ts';
import { defaultLibraryDirectories, findLibrary, PKG_CONFIG_ENVIRONMENT, PKG_CONFIG_ROOT, pkgConfigDirectories, resolvePkgConfig } from '../rust/system-libraries.ts';
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
    const facts = (unit.unit.platform === null ? undefined : plan.facts.targets[unit.unit.platform]) ?? plan.facts.host;
    const needs = this.#needs(plan, unit, facts);
    const { name, version } = unit.unit.package;
    const missing: Diagnostic[] = [];
    const files = new Map<string, InputEntry>();
    const platform: Record<string, string> = {};
    const libraries = defaultLibraryDirectories(facts.triple);
    if (needs.modules.length > 0) {
      const modules = resolvePkgConfig({ modules: needs.modules.map((need) => need.name), places: { pkgConfig: this.#pkgConfigDirectories(facts), libraries } });
      for (const module of modules.found) {
        const digest = this.#options.store.putBlob(module.text);
        files.set(`${relativeToRoot(PKG_CONFIG_ROOT)}/${module.name}.pc`, { kind: 'file', digest, executable: false });
        if (module.libraries.length > 0) platform[`library:${module.name}`] = this.#digestOf(module.libraries);
      }
      for (const { name: module, absent } of modules.missing) {
        if (isRequired(needs.modules, module)) missing.push(missingNeed({ crate: name, version, kind: 'module', name: module, absent }));
      }
    }
    for (const need of needs.libraries) {
      const found = findLibrary(need.name, libraries);
      if (found.length > 0) platform[`library:${need.name}`] = this.#digestOf(found);
      else if (need.required) missing.push(missingNeed({ crate: name, version, kind: 'library', name: need.name }));
    }
    for (const need of needs.tools) {
      const found = findTool(need.name);
      if (found !== undefined) platform[`tool:${need.name}`] = this.#digestOf([found]);
      else if (need.required) missing.push(missingNeed({ crate: name, version, kind: 'tool', name: need.name }));
    }
    if (missing.length > 0) return fail(...missing);
    return ok({ files, platform, environment: { ...PKG_CONFIG_ENVIRONMENT, ...needs.environment }, reads: needs.passEnvironment, inputs: needs.inputs });
  }

  /** Whether this machine has a pkg-config module, declared or not. */
  hasModule(plan: WorkspacePlan, module: string): boolean {
    const { host } = plan.facts;
    const places = { pkgConfig: this.#pkgConfigDirectories(host), libraries: defaultLibraryDirectories(host.triple) };
    return resolvePkgConfig({ modules: [module], places }).missing.length === 0;
  }

  #needs(plan: WorkspacePlan, unit: ScriptRunUnit, facts: PlatformFacts): NativeNeeds {
    const { overrides, environment } = this.#options;
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
      isSet: (variable) => environment[variable] !== undefined,
    });
  }

  #pkgConfigDirectories(facts: PlatformFacts): readonly string[] {
    this.#pkgConfig ??= pkgConfigDirectories({ userPath: this.#options.environment['PKG_CONFIG_PATH'], builtIn: builtInPath(), triple: facts.triple });
    return this.#pkgConfig;
  }

  #digestOf(paths: readonly string[]): string {
    return sha256Of(paths.map((path) => `${path.split('/').at(-1) ?? ''} ${this.#options.digests.look(path)?.digest.hash ?? 'absent'}\n`).join(''));
  }
}

function isRequired(needs: readonly NativeNeed[], name: string): boolean {
  return needs.some((need) => need.required && need.name === name);
}

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
  const answer = spawnSync('pkg-config', ['--variable', 'pc_path', 'pkg-config'], { env: { PATH: BASE_ENVIRONMENT.PATH }, encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout : undefined;
}

/** A program on the path that actions have, or the library `libclang` where distributions put it; its real path. */
function findTool(name: string): string | undefined {
  const candidates = name === 'libclang' ? libclangPlaces() : BASE_ENVIRONMENT.PATH.split(':').map((directory) => join(directory, name));
  const found = candidates.find((path) => existsSync(path));
  return found === undefined ? undefined : realpathSync(found);
}

function libclangPlaces(): readonly string[] {
  const directories = ['/usr/lib', '/usr/lib64'].flatMap((directory) => [
    directory,
    ...namesIn(directory).filter((name) => name.startsWith('llvm') || name.endsWith('-linux-gnu')).flatMap((name) => [join(directory, name), join(directory, name, 'lib')]),
  ]);
  return directories.flatMap((directory) => namesIn(directory).filter((name) => /^libclang(?:-\d+)?\.so/.test(name)).map((name) => join(directory, name)));
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
}
