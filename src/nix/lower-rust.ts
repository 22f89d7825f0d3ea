import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { withConfiguredVariables } from '../plan/configured-variables.ts';
import { hostEnvironment } from '../plan/host-environment.ts';
import type { RustNode } from '../plan/rust-graph.ts';
import type { DeclaredInputs, RunSources } from '../plan/run-sources.ts';
import type { WorkspacePlan } from '../plan/workspace-plan.ts';
import { relativeToRoot, SOURCE_ROOT } from '../rust/layout.ts';
import { packagesFor } from '../rust/native/system-packages-table.ts';
import type { NativeNeeds } from '../rust/native/native-libraries.ts';
import type { CompileUnit, PlannedUnit, ScriptRunUnit } from '../rust/planned-unit.ts';
import { isBin, isLibrary } from '../rust/script/script-targets.ts';
import { overrideOutput } from '../rust/script/script-override.ts';
import { unpackedRoot } from '../rust/units/package-place.ts';
import type { Package, PackageTarget, TargetTraits } from '../rust/unit.ts';
import type { Store } from '../store/store.ts';
import type { CompileStep, NixNode, NixStep, PlacedInput, ScriptStep } from './plan-file.ts';
import { artifactGroups, NodeDraft, Scripts } from './node-draft.ts';
import type { NixPlanBuilder } from './plan-builder.ts';
import type { PackageOrigins } from './package-origins.ts';
import { unitGroups } from './unit-groups.ts';

export interface RustLoweringOptions {
  readonly plan: WorkspacePlan;
  readonly builder: NixPlanBuilder;
  readonly sources: RunSources;
  readonly origins: PackageOrigins;
  readonly store: Store;
  /** Absolute. */
  readonly repositoryRoot: string;
}

/** Turns the units of one plan into derivations, whose inputs are names of other parts of the Nix plan. */
export class RustLowering {
  readonly #options: RustLoweringOptions;
  readonly #groupOf: readonly (readonly number[])[];
  readonly #names = new Map<number, Result<string>>();

  constructor(options: RustLoweringOptions) {
    this.#options = options;
    const groups = unitGroups(options.plan.units);
    const groupOf: (readonly number[])[] = [];
    for (const group of groups) for (const index of group) groupOf[index] = group;
    this.#groupOf = groupOf;
  }

  /** Name of the node that runs a unit. */
  nodeOf(index: number): Result<string> {
    const group = this.#groupOf[index];
    if (group === undefined) throw new Error(`internal: unit ${index} is in no derivation`);
    const last = group.at(-1) ?? index;
    let name = this.#names.get(last);
    if (name === undefined) {
      name = this.#lower(group);
      this.#names.set(last, name);
    }
    return name;
  }

  /** Makes the nodes of some units needs of a draft. */
  enter(draft: NodeDraft, units: readonly number[]): Result<undefined> {
    for (const needed of units.filter((index) => !draft.has(index))) {
      const name = this.nodeOf(needed);
      if (!name.ok) return name;
      for (const member of this.#groupOf[needed] ?? []) draft.enter(member, name.value);
    }
    return ok(undefined);
  }

  #lower(group: readonly number[]): Result<string> {
    const { plan, builder } = this.#options;
    const units = group.map((index) => this.#unit(index));
    const draft = new NodeDraft(group);
    const steps: NixStep[] = [];
    const problems: Diagnostic[] = [];
    for (const unit of units) {
      const entered = this.enter(draft, neededUnits(unit));
      if (!entered.ok) return entered;
      const step = this.#step(unit, draft);
      if (step.ok) steps.push(step.value);
      else problems.push(...step.diagnostics);
    }
    if (problems.length > 0) return fail(...problems);
    const main = units.at(-1);
    if (main === undefined) throw new Error('internal: a derivation without units');
    const { name, version } = main.unit.package;
    const { toolchain } = plan.facts;
    const node: NixNode = {
      label: main.label,
      name: nodeName(main, name),
      version,
      toolchain: toolchain.rustcVersion,
      needs: draft.needs,
      fetches: [...draft.fetches].toSorted(),
      sources: draft.sources,
      system: [...draft.system].toSorted(),
      steps,
    };
    return ok(builder.node(node));
  }

  #step(unit: PlannedUnit, draft: NodeDraft): Result<NixStep> {
    if (unit.kind === 'compile') return this.#compile(unit, draft);
    if (unit.override === undefined) return this.#script(unit, draft);
    const output = overrideOutput(unit);
    return output.ok ? ok({ kind: 'given-script', unit: unit.unitId, output: output.value }) : output;
  }

  #compile(unit: CompileUnit, draft: NodeDraft): Result<CompileStep> {
    const declared = this.#declared(unit);
    const trees = this.#trees(unit, declared, draft);
    if (!trees.ok) return trees;
    const scripts = new Scripts(draft, (index) => this.scriptUnit(index));
    const { unit: crate } = unit;
    const ownScript = unit.ownScript === undefined ? null : scripts.position(unit.ownScript);
    const linkScripts = unit.linkScripts.map((index) => scripts.position(index));
    const pluginScripts = unit.pluginScripts.map((index) => scripts.position(index));
    if (unit.links) this.addLinked(draft, unit.linkScripts);
    return ok({
      kind: 'compile',
      unit: unit.unitId,
      label: unit.label,
      arguments: unit.arguments,
      environment: this.#environment(unit, declared),
      workingDirectory: relativeToRoot(unit.workingDirectory),
      trees: trees.value,
      files: this.#files(unit),
      outputs: unit.outputs.map(({ name, optional }) => `${optional ? '?' : ''}${name}`),
      artifacts: artifactGroups(unit.artifacts, draft),
      scripts: scripts.references,
      ownScript,
      linkScripts,
      pluginScripts,
      links: unit.links,
      target: traitsOf(crate.target),
      mode: crate.mode,
      packageTargets: crate.package.targets.filter(isLibrary).map(traitsOf),
      showWarnings: unit.showWarnings,
    });
  }

  #script(unit: ScriptRunUnit, draft: NodeDraft): Result<ScriptStep> {
    const { script } = unit;
    if (script === undefined) throw new Error(`internal: ${unit.label} has no program to run`);
    const declared = this.#declared(unit);
    const trees = this.#trees(unit, declared, draft);
    if (!trees.ok) return trees;
    this.#addSystem(draft, declared.native, 'everything');
    const scripts = new Scripts(draft, (index) => this.scriptUnit(index));
    const { package: crate } = unit.unit;
    const dependencyScripts = unit.dependencyScripts.map((dependency) => ({
      script: scripts.position(dependency.unit),
      prefix: dependency.prefix,
    }));
    const pluginScripts = unit.pluginScripts.map((index) => scripts.position(index));
    return ok({
      kind: 'script',
      unit: unit.unitId,
      label: unit.label,
      environment: { ...declared.native?.environment, ...this.#environment(unit, declared) },
      workingDirectory: relativeToRoot(unit.workingDirectory),
      trees: trees.value,
      files: this.#files(unit),
      program: { need: draft.need(script.unit), file: script.file, path: relativeToRoot(script.path) },
      outDirectory: relativeToRoot(unit.outDirectory),
      scripts: scripts.references,
      dependencyScripts,
      pluginScripts,
      rustVersion: crate.rustVersion ?? null,
      packageTargets: tellingTargets(crate.targets),
      nightly: /-(nightly|dev)\b/.test(this.#options.plan.facts.toolchain.rustcVersion),
    });
  }

  /** Where no user's variable can be seen, `[env]` of cargo's configuration is all there is. */
  #environment(unit: PlannedUnit, declared: DeclaredInputs): Readonly<Record<string, string>> {
    return withConfiguredVariables({
      environment: unit.environment,
      configured: this.#options.plan.facts.configEnvironment,
      mayRead: (name) => declared.readsAnything || declared.reads.has(name),
      host: NO_HOST,
    });
  }

  #trees(unit: PlannedUnit, declared: DeclaredInputs, draft: NodeDraft): Result<readonly PlacedInput[]> {
    const { builder, origins, plan } = this.#options;
    const { package: crate } = unit.unit;
    const writable = declared.native?.writableSource === true;
    const patches = declared.patches.map((file) => ({ source: draft.source(builder.source({ keep: [file], drop: [] })), file }));
    if (declared.files !== undefined) {
      if (plan.facts.sourceAnchor !== this.#options.repositoryRoot) return fail(outsideRepository(crate, this.#options.repositoryRoot));
      const source = draft.source(builder.source(origins.rule(crate, declared.files)));
      return ok([{ path: relativeToRoot(SOURCE_ROOT), from: { source }, patches, writable }]);
    }
    const origin = origins.of(crate);
    if (!origin.ok) return origin;
    const path = relativeToRoot(unpackedRoot(crate));
    if (origin.value.kind === 'vendored') {
      const source = draft.source(builder.source(origins.vendored(origin.value.directory)));
      return ok([{ path, from: { source, below: origin.value.directory }, patches, writable }]);
    }
    const fetch = builder.fetch(origin.value.fetch);
    draft.fetches.add(fetch);
    return ok([{ path, from: { fetch }, patches, writable }]);
  }

  /** What was written for this plan, such as PyO3's configuration. */
  #files(unit: PlannedUnit): Readonly<Record<string, string>> {
    const files = (unit.inputs ?? []).flatMap(({ kind, path, digest }) => {
      if (kind !== 'file') throw new Error(`internal: ${unit.label} reads a tree that no Nix plan can hold: ${path}`);
      const bytes = this.#options.store.readBlob(digest);
      if (bytes === undefined) throw new Error(`internal: the store has lost ${path} of ${unit.label}`);
      return [[relativeToRoot(path), bytes.toString('utf8')] as const];
    });
    return Object.fromEntries(files);
  }

  /** Libraries that build scripts have looked for, for who links what they speak of. */
  addLinked(draft: NodeDraft, linkScripts: readonly number[]): void {
    for (const index of linkScripts) this.#addSystem(draft, this.#declared(this.scriptUnit(index)).native, 'libraries');
  }

  #addSystem(draft: NodeDraft, native: NativeNeeds | undefined, which: 'everything' | 'libraries'): void {
    if (native === undefined) return;
    const wanted = [
      ...native.modules.flatMap(({ name, required }) => (required ? (packagesFor('module', moduleName(name))?.nixpkgs ?? []) : [])),
      ...native.libraries.flatMap(({ name, required }) => (required ? (packagesFor('library', name)?.nixpkgs ?? []) : [])),
      ...(which === 'everything' ? native.tools.flatMap(({ name }) => packagesFor('tool', name)?.nixpkgs ?? []) : []),
    ];
    for (const name of wanted) draft.system.add(name);
  }

  #declared(unit: PlannedUnit): DeclaredInputs {
    const node: RustNode = { id: unit.index, workspace: this.#options.plan, unit, nodeOf: (index) => index };
    return this.#options.sources.declaredBy(node);
  }

  #unit(index: number): PlannedUnit {
    const unit = this.#options.plan.units[index];
    if (unit === undefined) throw new Error(`internal: there is no unit ${index}`);
    return unit;
  }

  /** The run of a build script. */
  scriptUnit(index: number): ScriptRunUnit {
    const unit = this.#unit(index);
    if (unit.kind !== 'run-script') throw new Error(`internal: ${unit.label} is no run of a script`);
    return unit;
  }
}

const NO_HOST = hostEnvironment({});

function neededUnits(unit: PlannedUnit): readonly number[] {
  const needed =
    unit.kind === 'compile'
      ? [...unit.artifacts.map((artifact) => artifact.unit), ...unit.linkScripts, ...unit.pluginScripts, unit.ownScript]
      : [unit.script?.unit, ...unit.dependencyScripts.map((dependency) => dependency.unit), ...unit.pluginScripts];
  return [...new Set(needed.filter((index) => index !== undefined))];
}

function traitsOf({ kinds, crateTypes, name }: TargetTraits | PackageTarget): TargetTraits {
  return { kinds, crateTypes, name };
}

/** Targets as far as a script's words go by them: which kinds there are, and the names of programs. One more test changes nothing. */
function tellingTargets(targets: readonly PackageTarget[]): readonly TargetTraits[] {
  const telling = targets.map((target) => (isBin(target) || isLibrary(target) ? traitsOf(target) : { ...traitsOf(target), name: '' }));
  const known = new Map(telling.map((target) => [JSON.stringify(target), target]));
  return [...known.values()];
}

/** A module may be asked for with a version: `openssl >= 1.1`. */
function moduleName(asked: string): string {
  return asked.split(/[\s<>=]/, 1)[0] ?? asked;
}

/** Programs are named as such, so that store paths tell what they are. */
function nodeName(unit: PlannedUnit, name: string): string {
  const { kinds, name: target } = unit.unit.target;
  return kinds.includes('bin') && unit.unit.mode === 'build' && target !== name ? `${name}-${target}` : name;
}

function outsideRepository(crate: Package, repositoryRoot: string): Diagnostic {
  return {
    code: 'F1150',
    severity: 'error',
    blame: 'input',
    message: `a path dependency leads out of the repository, and a flake sees only what is in it`,
    facts: [
      ['package', `${crate.name} v${crate.version}`],
      ['repository', repositoryRoot],
    ],
    hints: ['move the crate into the repository, or use a git dependency'],
  };
}
