import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { completeUnit } from '../../src/rust/script/complete-unit.ts';
import type { RustFacts } from '../../src/rust/facts.ts';
import { packagePlaces, unpackedRoot } from '../../src/rust/units/package-place.ts';
import type { RustPlan } from '../../src/rust/units/plan-units.ts';
import type { ArtifactInput, CompileUnit, PlannedUnit, ScriptRunUnit } from '../../src/rust/planned-unit.ts';
import { parseScriptOutput } from '../../src/rust/script/script-directives.ts';
import { dependencyVariables } from '../../src/rust/script/script-environment.ts';
import type { ScriptOutput } from '../../src/rust/script/script-output.ts';

const HOST_DIRECTORIES = ['/usr', '/bin', '/lib', '/lib64', '/etc'];

/** Whether this machine can run a plan: bubblewrap is there and may make name spaces. */
export function canSandbox(): boolean {
  return spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']).status === 0;
}

/**
 * Runs planned units one by one, each in a root that holds the toolchain, the unit's package, and the files the plan names, and
 * nothing else: the smallest thing that can show a plan to be complete.
 */
export class SandboxedBuild {
  readonly #facts: RustFacts;
  readonly #plan: RustPlan;
  readonly #directory: string;
  readonly #outputs = new Map<number, ScriptOutput>();

  constructor(options: { readonly facts: RustFacts; readonly plan: RustPlan; readonly directory: string }) {
    this.#facts = options.facts;
    this.#plan = options.plan;
    this.#directory = options.directory;
  }

  /** Runs every unit after those it depends on; throws with the tool's words when one fails. */
  runAll(): void {
    const done = new Set<number>();
    const visit = (index: number): void => {
      if (done.has(index)) return;
      done.add(index);
      const unit = this.#unit(index);
      for (const dependency of unit.unit.dependencies) visit(dependency.index);
      const problem = this.run(unit);
      if (problem !== undefined) throw new Error(`${unit.label}: ${problem}`);
    };
    for (const unit of this.#plan.units) visit(unit.index);
  }

  /** Runs one unit, whose dependencies have run; what it wrote on standard error when it failed. `without` is withheld from it. */
  run(unit: PlannedUnit, without?: ArtifactInput): string | undefined {
    return unit.kind === 'compile' ? this.#compile(unit, without) : this.#runScript(unit);
  }

  /** Where a finished unit's files are on this machine. */
  outputDirectory(index: number): string {
    return join(this.#directory, `${index}/build/out`);
  }

  #compile(unit: CompileUnit, without: ArtifactInput | undefined): string | undefined {
    const root = this.#rootFor(without === undefined ? String(unit.index) : 'trial');
    for (const input of unit.artifacts) {
      if (input !== without) this.#place(root, this.outputDirectory(input.unit), input);
    }
    const { arguments: words, environment } = completeUnit(unit, (index) => this.#outputOf(index));
    const directories = [unit.ownScript, ...unit.linkScripts, ...unit.pluginScripts].filter((index) => index !== undefined);
    return this.#start({ unit, root, words, environment, outDirectories: directories });
  }

  #runScript(unit: ScriptRunUnit): string | undefined {
    if (unit.script === undefined) throw new Error('an overridden script is not run');
    const root = this.#rootFor(String(unit.index));
    this.#place(root, this.outputDirectory(unit.script.unit), unit.script);
    mkdirSync(join(root, unit.outDirectory), { recursive: true });
    const environment = { ...unit.environment, ...dependencyVariables(unit, (index) => this.#outputOf(index)) };
    const below = unit.dependencyScripts.map((dependency) => dependency.unit);
    return this.#start({ unit, root, words: [unit.script.path], environment, outDirectories: below });
  }

  #start(options: {
    readonly unit: PlannedUnit;
    readonly root: string;
    readonly words: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly outDirectories: readonly number[];
  }): string | undefined {
    const { unit, root, words, environment, outDirectories } = options;
    const scripts = outDirectories.flatMap((index) => {
      const script = this.#unit(index);
      if (script.kind !== 'run-script') throw new Error('not a script');
      return ['--ro-bind', join(this.#directory, `${index}${script.outDirectory}`), script.outDirectory];
    });
    const variables = { PATH: '/usr/bin:/bin', ...environment };
    const host = HOST_DIRECTORIES.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]);
    const settings = Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]);
    const flags = ['--unshare-all', '--die-with-parent', '--clearenv', '--bind', join(root, 'build'), '/build'].concat(
      ['--ro-bind', this.#facts.toolchain.sysroot, '/build/toolchain', ...this.#packageMount(unit), ...scripts, ...host],
      ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', unit.workingDirectory, ...settings],
    );
    const done = spawnSync('bwrap', [...flags, '--', ...words], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (done.status !== 0) return done.stderr;
    if (unit.kind === 'run-script') this.#remember(unit, done.stdout);
    return undefined;
  }

  #packageMount(unit: PlannedUnit): readonly string[] {
    const pkg = unit.unit.package;
    if (pkg.source.kind === 'path') return ['--ro-bind', this.#facts.sourceAnchor, '/build/src'];
    const from = pkg.source.kind === 'git' ? pkg.source.checkout : pkg.root;
    return ['--ro-bind', from, unpackedRoot(pkg), '--dir', packagePlaces(this.#facts).workspaceRoot];
  }

  #remember(unit: ScriptRunUnit, stdout: string): void {
    const parsed = parseScriptOutput({
      stdout: Buffer.from(stdout),
      label: unit.label,
      package: unit.unit.package,
      outDirectory: unit.outDirectory,
      bootstrap: { nightly: false, allowed: undefined },
    });
    if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message ?? 'refused');
    this.#outputs.set(unit.index, parsed.value);
  }

  #place(root: string, from: string, file: { readonly file: string; readonly path: string }): void {
    const to = join(root, file.path);
    mkdirSync(dirname(to), { recursive: true });
    linkSync(join(from, file.file), to);
  }

  #rootFor(name: string): string {
    const root = join(this.#directory, name);
    rmSync(root, { recursive: true, force: true });
    for (const path of ['build/out', 'build/toolchain', 'build/src']) mkdirSync(join(root, path), { recursive: true });
    return root;
  }

  #outputOf(index: number): ScriptOutput {
    const output = this.#outputs.get(index);
    if (output === undefined) throw new Error(`script ${index} has not run`);
    return output;
  }

  #unit(index: number): PlannedUnit {
    const unit = this.#plan.units[index];
    if (unit === undefined) throw new Error(`no unit ${index}`);
    return unit;
  }
}
