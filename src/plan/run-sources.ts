import { basename } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { WRITABLE_INPUT } from '../model/action.ts';
import { type Digest, type Sha256, sha256Of } from '../model/digest.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import type { Repository } from '../repository/repository.ts';
import type { CompileUnit, PlannedUnit, ScriptRunUnit } from '../rust/planned-unit.ts';
import type { Package, Unit } from '../rust/unit.ts';
import { openSourceMemory, type SourceMemory } from '../source/source-memory.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import { BASE_ENVIRONMENT } from './host-environment.ts';
import { type MachineIdentity, machineIdentity } from './machine-identity.ts';
import { type NativeInputs, NativeLookup } from './native-inputs.ts';
import type { NativeNeeds } from '../rust/native/native-libraries.ts';
import { PackageTrees, type PlacedTree } from './package-trees.ts';
import type { RustNode } from './rust-graph.ts';
import type { FoundSources, RustSources } from './rust-work.ts';
import { unitReaches, type UnitReach } from './unit-reach.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

export interface RunSourcesOptions {
  readonly store: DirectoryStore;
  readonly repository: Repository;
  readonly lock: FerruleLock | undefined;
  /** The user's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a unit reads, named and not gathered: for a plan that is carried out elsewhere. */
export interface DeclaredInputs {
  /** Files of the repository, relative to the anchor; `undefined`: its package is none of the repository's. */
  readonly files: readonly string[] | undefined;
  /** Patches for its package, relative to the repository's root. */
  readonly patches: readonly string[];
  /** For build scripts. */
  readonly native: NativeNeeds | undefined;
  /** Variables its sources name in `env!` and `option_env!`. */
  readonly reads: ReadonlySet<string>;
  /** It runs code that may read any variable. */
  readonly readsAnything: boolean;
}

const NOTHING_NATIVE: NativeInputs = { files: new Map(), environment: {}, platform: {}, reads: [], inputs: [], writableSource: false };

/** What actions read that no action makes: package files, the toolchain, and what of the machine their keys must know. */
export class RunSources implements RustSources {
  /** What is known of the repository's files: one for a run. */
  readonly memory: SourceMemory;
  readonly #trees: PackageTrees;
  readonly #machine: MachineIdentity;
  readonly #native: NativeLookup;
  readonly #natives = new Map<ScriptRunUnit, Result<NativeInputs>>();
  /** Asked for before a node is recalled and when it is remembered: all but its files stays the same meanwhile. */
  readonly #fingerprints = new Map<PlannedUnit, { readonly files: Sha256; readonly whole: Sha256 }>();
  readonly #reaches = new Map<WorkspacePlan, (unit: Unit) => UnitReach>();

  constructor(options: RunSourcesOptions) {
    const { store, repository, lock, environment, now } = options;
    this.memory = openSourceMemory({ store, repositoryRoot: repository.root, now });
    const overrides = repository.config.overrides.filter((override) => override.subject.kind === 'crate');
    this.#trees = new PackageTrees({
      store,
      repositoryRoot: repository.root,
      memory: this.memory,
      lock,
      searchPath: environment['PATH'] ?? '',
      patches: overrides.flatMap(({ subject, version, patch }) => (patch === undefined ? [] : [{ crate: subject.name, version, patch }])),
    });
    this.#native = new NativeLookup({
      store,
      digests: this.memory.digests,
      environment,
      overrides: overrides.map((override) => ({ ...override, crate: override.subject.name })),
    });
    this.#machine = machineIdentity({ store, path: BASE_ENVIRONMENT.PATH, os: process.platform, arch: process.arch });
  }

  async sourcesOf(node: RustNode, named: readonly Package[]): Promise<Result<FoundSources>> {
    const { workspace, unit: planned } = node;
    const native = planned.kind === 'run-script' ? this.#nativeOf(workspace, planned) : ok(NOTHING_NATIVE);
    if (!native.ok) return native;
    const { inputs, environment, writableSource } = native.value;
    const files = await this.#trees.filesOf({
      plan: workspace,
      unit: planned.unit,
      reach: this.#reach(workspace)(planned.unit),
      inputs,
      named,
    });
    if (!files.ok) return files;
    const platform = planned.kind === 'run-script' ? native.value.platform : this.#linkedLibraries(workspace, planned);
    const { os, arch, compilers } = this.#machine;
    const usesCompilers = planned.kind === 'run-script' || planned.links;
    return ok(
      {
        sources: {
          trees: [files.value.tree, ...files.value.named],
          toolchain: workspace.facts.toolchain.tree,
          files: native.value.files,
          fixedEnvironment: environment,
          platform: {
            os,
            arch,
            ...(usesCompilers ? { compilers } : {}),
            ...platform,
            ...(writableSource ? { [WRITABLE_INPUT]: files.value.tree.path } : {}),
          },
        },
        reads: [...files.value.reads, ...native.value.reads],
        scope: files.value.scope,
        readsAnything: planned.kind === 'run-script' || this.#reach(workspace)(planned.unit).procMacros,
      },
      files.warnings,
    );
  }

  async fingerprintOf({ workspace, unit: planned }: RustNode): Promise<Sha256 | undefined> {
    const files = await this.#trees.fingerprintOf(workspace, planned.unit.package);
    const known = this.#fingerprints.get(planned);
    if (known !== undefined && known.files === files) return known.whole;
    const native = planned.kind === 'run-script' ? this.#nativeOf(workspace, planned) : ok(NOTHING_NATIVE);
    if (files === undefined || !native.ok) return undefined;
    const libraries = planned.kind === 'compile' ? this.#linkedLibraries(workspace, planned) : {};
    const { os, arch, compilers } = this.#machine;
    const whole = sha256Of(JSON.stringify([files, os, arch, compilers, libraries, { ...native.value, files: [...native.value.files] }]));
    this.#fingerprints.set(planned, { files, whole });
    return whole;
  }

  declaredBy({ workspace: plan, unit: planned }: RustNode): DeclaredInputs {
    const { unit } = planned;
    const native = planned.kind === 'run-script' ? this.#native.needsOf(plan, planned) : undefined;
    const reach = this.#reach(plan)(unit);
    const sources =
      unit.package.source.kind === 'path'
        ? this.#trees.sourcesFor({ plan, unit, reach, inputs: native?.inputs ?? [] })
        : { files: undefined, environment: [] };
    return {
      files: sources.files,
      patches: this.#trees.patchesFor(unit.package),
      native,
      reads: new Set(sources.environment),
      readsAnything: planned.kind === 'run-script' || reach.procMacros,
    };
  }

  /** The tree of some files of the repository, named relative to the anchor. */
  treeOf(plan: WorkspacePlan, files: readonly string[]): Result<Digest> {
    return this.#trees.treeOf(plan, files);
  }

  /** Every file of a package of the repository, and those that `inputs` name: what its tests may read. */
  testFiles(plan: WorkspacePlan, pkg: Package, inputs: readonly string[]): Result<PlacedTree> {
    return this.#trees.testFiles(plan, pkg, inputs);
  }

  /** A package's Rust files, and rustfmt's configuration. */
  formattedFiles(plan: WorkspacePlan, pkg: Package): Result<PlacedTree> {
    return this.#trees.formattedFiles(plan, pkg);
  }

  /** Names of the files that {@link testFiles} or {@link formattedFiles} hold, relative to the anchor. */
  checkedFileNames(plan: WorkspacePlan, pkg: Package, check: 'fmt' | { readonly inputs: readonly string[] }): readonly string[] {
    return check === 'fmt' ? this.#trees.formattedFileNames(plan, pkg) : this.#trees.testFileNames(plan, pkg, check.inputs);
  }

  /** What of the machine can change what a check finds. */
  machine({ usesCompilers }: { readonly usesCompilers: boolean }): Readonly<Record<string, string>> {
    const { os, arch, compilers } = this.#machine;
    return { os, arch, ...(usesCompilers ? { compilers } : {}) };
  }

  /** Names of libraries, tools and pkg-config modules of the machine that a node reads; `undefined`: some of them are missing. */
  machineInputs({ workspace, unit }: RustNode): readonly string[] | undefined {
    const native = unit.kind === 'run-script' ? this.#nativeOf(workspace, unit) : ok(NOTHING_NATIVE);
    if (!native.ok) return undefined;
    const { platform, files } = native.value;
    return [...Object.keys(platform).map((name) => name.replace(':', ' ')), ...[...files.keys()].map((path) => `module ${basename(path)}`)];
  }

  hasModule(node: RustNode, module: string): boolean {
    return this.#native.hasModule(node.workspace, module);
  }

  #nativeOf(plan: WorkspacePlan, unit: ScriptRunUnit): Result<NativeInputs> {
    let found = this.#natives.get(unit);
    if (found === undefined) {
      found = this.#native.inputsOf(plan, unit);
      this.#natives.set(unit, found);
    }
    return found;
  }

  /** System libraries that the scripts behind a link asked for: they can change what the linker makes. */
  #linkedLibraries(plan: WorkspacePlan, unit: CompileUnit): Readonly<Record<string, string>> {
    if (!unit.links) return {};
    const libraries: Record<string, string> = {};
    for (const index of unit.linkScripts) {
      const script = plan.units[index];
      const native = script?.kind === 'run-script' ? this.#nativeOf(plan, script) : undefined;
      if (native?.ok !== true) continue;
      for (const [name, digest] of Object.entries(native.value.platform)) if (name.startsWith('library:')) libraries[name] = digest;
    }
    return libraries;
  }

  /** Absolute paths of everything on this machine that was looked at. */
  watched(): readonly string[] {
    return [...this.memory.watched(), ...this.#machine.files];
  }

  /** Writes down what was learnt about files. Call it once, at the end. */
  save(): void {
    this.#trees.saveQuestions();
    this.memory.save();
  }

  #reach(plan: WorkspacePlan): (unit: Unit) => UnitReach {
    let reach = this.#reaches.get(plan);
    if (reach === undefined) {
      reach = unitReaches(plan.facts.graph.units);
      this.#reaches.set(plan, reach);
    }
    return reach;
  }
}
