import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { printDiagnostics } from '../../diagnostics/print.ts';
import { bringLinksHome } from '../../engine/local/outside-links.ts';
import { removeToolLogs } from '../../engine/local/tool-logs.ts';
import { withoutReport, withoutReportLine } from '../../plan/checks/test-report.ts';
import { countPrinted } from '../../plan/checks/test-counts.ts';
import { compiledInPaths } from '../../plan/named-places.ts';
import { BASE_ENVIRONMENT } from '../../plan/host-environment.ts';
import { OUTPUT_ROOT, relativeToRoot, TOOLCHAIN_ROOT } from '../../rust/layout.ts';
import { parseRustcMessages } from '../../rust/rustc-messages.ts';
import { withPluginDirectories } from '../../rust/script/dynamic-path.ts';
import { completeUnit } from '../../rust/script/complete-unit.ts';
import { parseScriptOutput } from '../../rust/script/script-directives.ts';
import { doctestArguments } from '../../rust/script/doctest-arguments.ts';
import { dependencyVariables } from '../../rust/script/script-environment.ts';
import type { ScriptOutput } from '../../rust/script/script-output.ts';
import { COUNTS_FILE } from '../check-counts.ts';
import type {
  CollectStep,
  CompileStep,
  NeedIndex,
  NixStep,
  PlacedInput,
  RunStep,
  ScriptReference,
  ScriptStep,
  SourceIndex,
} from '../plan-file.ts';
import { outputFiles } from '../output-files.ts';
import type { RunnerAttributes } from './attributes.ts';
import { type BuildRoot, RunnerFailure } from './build-root.ts';
import { namedIn, readNamed, type ResolvedInput, writeNamed } from './named-inputs.ts';
import { pathIn, piecesBelow, type SourcePiece } from './source-pieces.ts';

const OUT = relativeToRoot(OUTPUT_ROOT);

/**
 * Runs the steps of one derivation. Its output holds `files/` (what rustc made), `scripts/UNIT.json` (what a build script said),
 * `out/UNIT/` (its OUT_DIR) and `named.json`.
 */
export class NixRunner {
  readonly #attributes: RunnerAttributes;
  readonly #root: BuildRoot;
  readonly #output: string;
  readonly #named: Map<string, ResolvedInput>;

  constructor(attributes: RunnerAttributes, root: BuildRoot) {
    this.#attributes = attributes;
    this.#root = root;
    this.#output = attributes.outputs.out;
    this.#named = new Map(readNamed(attributes.needs));
  }

  /** Throws {@link RunnerFailure} when a step fails; what it printed is on stderr by then. */
  async run(): Promise<void> {
    mkdirSync(this.#output, { recursive: true });
    if (this.#attributes.toolchain !== null) this.#root.link(this.#attributes.toolchain, relativeToRoot(TOOLCHAIN_ROOT));
    for (const step of this.#attributes.steps) await this.#step(step);
    // What is collected is for users, and nobody builds on it.
    if (this.#attributes.steps.some(({ kind }) => kind !== 'collect')) writeNamed(this.#output, this.#named);
  }

  async #step(step: NixStep): Promise<void> {
    switch (step.kind) {
      case 'compile':
        return await this.#compile(step);
      case 'script':
        return await this.#script(step);
      case 'given-script':
        return this.#keepScript(step.unit, step.output);
      case 'run':
        return await this.#runProgram(step);
      case 'collect':
        return this.#collect(step);
    }
  }

  async #compile(step: CompileStep): Promise<void> {
    const trees = await this.#layInputs(step);
    this.#layArtifacts(step);
    const ownScript = step.ownScript ?? undefined;
    const unit = { mode: step.mode, target: step.target, package: { targets: step.packageTargets } };
    const completed = completeUnit({ ...step, ownScript, unit }, (index) => this.#scriptOutput(step, index));
    this.#root.clear(OUT);
    const ran = this.#spawn(step, { ...completed, arguments: this.#withRemap(completed.arguments) });
    const messages = parseRustcMessages(this.#root.normalise(ran.stderr.toString('utf8')));
    if (ran.status !== 0)
      throw new RunnerFailure(`${messages.rendered}error: could not compile ${step.label}${missingHint(messages.rendered)}`);
    if (step.showWarnings) process.stderr.write(messages.rendered);
    const places = [...trees, ...this.#scriptPlaces(step)];
    for (const { name, optional } of outputFiles(step)) {
      const made = this.#root.locate(`${OUT}/${name}`);
      if (!existsSync(made)) {
        if (optional) continue;
        throw new RunnerFailure(`${step.label} succeeded without writing \`${name}\``);
      }
      const kept = join(this.#output, 'files', name);
      mkdirSync(dirname(kept), { recursive: true });
      copyFileSync(made, kept);
      if (name.endsWith('.d')) this.#keepNamed(compiledInPaths(this.#root.normalise(readFileSync(kept, 'utf8'))), places);
    }
  }

  async #script(step: ScriptStep): Promise<void> {
    const trees = await this.#layInputs(step);
    this.#root.link(this.#file(step.program.need, step.program.file), step.program.path);
    this.#root.clear(step.outDirectory);
    const variables = dependencyVariables(
      {
        environment: step.environment,
        dependencyScripts: step.dependencyScripts.map(({ script, prefix }) => ({ unit: script, prefix })),
        pluginScripts: step.pluginScripts,
      },
      (index) => this.#scriptOutput(step, index),
    );
    const ran = this.#spawn(step, { arguments: [`/${step.program.path}`], environment: { ...step.environment, ...variables } });
    const stdout = Buffer.from(this.#root.normalise(ran.stdout.toString('latin1')), 'latin1');
    const printed = `${section('stdout', stdout)}${section('stderr', ran.stderr)}`;
    if (ran.status !== 0) throw new RunnerFailure(`${printed}error: failed to run ${step.label}`);
    const said = parseScriptOutput({
      stdout,
      label: step.label,
      package: { rustVersion: step.rustVersion ?? undefined, targets: step.packageTargets },
      outDirectory: `/${step.outDirectory}`,
      bootstrap: { nightly: step.nightly, allowed: undefined },
    });
    if (!said.ok) throw new RunnerFailure(`${printed}${printDiagnostics(said.diagnostics, { colour: false })}`);
    this.#keepScript(step.unit, said.value);
    this.#keepOutDirectory(step);
    const { metadata, linkSearch, linkArguments } = said.value;
    const told = [...metadata.map(([, value]) => value), ...[...linkSearch, ...linkArguments].map(({ value }) => value)];
    this.#keepNamed(told, [...trees, ...this.#scriptPlaces(step)]);
  }

  async #runProgram(step: RunStep): Promise<void> {
    await this.#layInputs(step);
    this.#layArtifacts(step);
    for (const [path, need] of Object.entries(step.places ?? {})) this.#root.link(this.#need(need), path);
    for (const directory of step.directories) this.#root.makeDirectory(directory);
    const own = step.ownScript === null ? undefined : step.scripts[step.ownScript];
    const linked = step.linkScripts.map((index) => this.#scriptOutput(step, index));
    const said = own === undefined || step.ownScript === null ? undefined : this.#scriptOutput(step, step.ownScript);
    const { arguments: words, lastArguments } = step;
    const ran = this.#spawn(step, {
      arguments: lastArguments === undefined ? words : doctestArguments({ arguments: words, lastArguments }, { own: said, linked }),
      environment: {
        ...withPluginDirectories(step.environment, linked),
        ...Object.fromEntries(said?.environment ?? []),
        ...(own === undefined ? {} : { OUT_DIR: `/${own.path}` }),
      },
      path: step.path ?? [],
    });
    const printed = { stdout: ran.stdout.toString('utf8'), stderr: ran.stderr.toString('utf8') };
    process.stderr.write(withoutReportLine(printed.stdout) + withoutReport(printed.stderr));
    if (ran.status !== 0) throw new RunnerFailure(`error: ${step.label} failed`);
    mkdirSync(join(this.#output, 'files'), { recursive: true });
    writeFileSync(join(this.#output, 'files', COUNTS_FILE), JSON.stringify(countPrinted([printed]) ?? null));
  }

  #layArtifacts({ artifacts }: Pick<CompileStep, 'artifacts'>): void {
    for (const [directory, groups] of Object.entries(artifacts)) {
      for (const [need, ...files] of groups) {
        for (const written of files) {
          const [file = '', name = file] = written.split('/');
          this.#root.link(this.#file(need, file), `${directory}/${name}`);
        }
      }
    }
  }

  /** What the script left in OUT_DIR, made whole as every engine does. */
  #keepOutDirectory(step: ScriptStep): void {
    const directory = this.#root.locate(step.outDirectory);
    removeToolLogs(directory);
    bringLinksHome({
      directory,
      path: `/${step.outDirectory}`,
      view: {
        pathOf: (output) => `/${output}`,
        hostPath: (path) => (path.startsWith('/build/') ? this.#root.locate(path.slice(1)) : path),
        isOwn: (path) => path.startsWith('/build/'),
      },
    });
    mkdirSync(join(this.#output, 'out'), { recursive: true });
    cpSync(directory, join(this.#output, 'out', step.unit), { recursive: true, verbatimSymlinks: true });
  }

  #collect(step: CollectStep): void {
    for (const { need, file, path } of step.files) {
      const target = join(this.#output, path);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(this.#file(need, file), target);
    }
  }

  /** Everything a step reads that stands in the store already. */
  async #layInputs(step: CompileStep | RunStep | ScriptStep): Promise<readonly ResolvedInput[]> {
    const trees = step.trees.map((tree) => this.#resolve(tree));
    const own = new Set(trees.map(({ path }) => path));
    const others = [...this.#named.values()].filter(({ path }) => !own.has(path));
    for (const input of [...trees, ...others]) await this.#root.lay(input);
    for (const script of step.scripts) {
      const directory = this.#outDirectory(script);
      if (directory !== undefined && script.need >= 0) this.#root.link(directory, script.path);
    }
    for (const [path, text] of Object.entries(step.files)) this.#root.write(path, text);
    this.#root.makeDirectory(step.workingDirectory);
    return trees;
  }

  #resolve({ path, from, patches, writable }: PlacedInput): ResolvedInput {
    const { fetches, sources } = this.#attributes;
    const resolved = { path, patches: patches.map(({ source, file }) => pathIn(part(sources, source), file)), writable, link: false };
    if ('source' in from) return { ...resolved, kind: 'directory', from: piecesBelow(part(sources, from.source), from.below ?? '') };
    const fetched = known(fetches, from.fetch);
    if (fetched.kind !== 'crate') return { ...resolved, kind: 'directory', from: fetched.path };
    return { ...resolved, kind: 'crate', from: fetched.path, ...(fetched.top === undefined ? {} : { top: fetched.top }) };
  }

  /** The directories of the scripts a step sees, as others may have to see them. */
  #scriptPlaces(step: CompileStep | RunStep | ScriptStep): readonly ResolvedInput[] {
    return step.scripts.flatMap((script): readonly ResolvedInput[] => {
      const from = this.#outDirectory(script);
      return from === undefined ? [] : [{ path: script.path, kind: 'directory', from, patches: [], writable: false, link: true }];
    });
  }

  #outDirectory({ need, unit }: ScriptReference): string | undefined {
    const directory = join(this.#need(need), 'out', unit);
    return existsSync(directory) ? directory : undefined;
  }

  #keepNamed(texts: readonly string[], places: readonly ResolvedInput[]): void {
    if (texts.length === 0) return;
    for (const input of namedIn(texts, places)) this.#named.set(input.path, input);
  }

  #keepScript(unit: string, output: ScriptOutput): void {
    mkdirSync(join(this.#output, 'scripts'), { recursive: true });
    writeFileSync(join(this.#output, 'scripts', `${unit}.json`), JSON.stringify(output));
  }

  #scriptOutput(step: CompileStep | RunStep | ScriptStep, index: number): ScriptOutput {
    const script = step.scripts[index];
    if (script === undefined) throw new Error(`${step.label} has no script ${index}`);
    const output: unknown = JSON.parse(readFileSync(join(this.#need(script.need), 'scripts', `${script.unit}.json`), 'utf8'));
    if (!isScriptOutput(output)) throw new Error(`the output of script ${script.unit} is damaged`);
    return output;
  }

  #file(need: NeedIndex, file: string): string {
    return join(this.#need(need), 'files', file);
  }

  #need(index: NeedIndex): string {
    const path = index < 0 ? this.#output : this.#attributes.needs[index];
    if (path === undefined) throw new Error(`there is no need ${index}`);
    return path;
  }

  #spawn(
    step: CompileStep | RunStep | ScriptStep,
    command: {
      readonly arguments: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      /** Directories for `PATH` before all others. */
      readonly path?: readonly string[];
    },
  ): { readonly status: number | null; readonly stdout: Buffer; readonly stderr: Buffer } {
    const { path, pkgConfig, variables } = this.#attributes;
    const environment: Record<string, string> = {
      ...BASE_ENVIRONMENT,
      ...command.environment,
      PATH: [...(command.path ?? []), `${TOOLCHAIN_ROOT}/bin`, ...path].join(':'),
      ...(pkgConfig.length === 0 ? {} : { PKG_CONFIG_LIBDIR: pkgConfig.join(':'), PKG_CONFIG_PATH: '' }),
      ...variables,
    };
    const [program = '', ...words] = command.arguments.map((word) => this.#root.translate(word));
    const { status, signal, stdout, stderr, error } = spawnSync(program, words, {
      cwd: this.#root.locate(step.workingDirectory),
      env: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, this.#root.translate(value)])),
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (error !== undefined) throw new RunnerFailure(`\`${program}\` could not be started: ${error.message}`);
    if (signal !== null) throw new RunnerFailure(`${stderr.toString('utf8')}${step.label} was ended by ${signal}`);
    return { status, stdout, stderr };
  }

  /** Where actions cannot run at `/build`, rustc writes the paths that they would have there. */
  #withRemap(words: readonly string[]): readonly string[] {
    return this.#root.isExact ? words : [...words, `--remap-path-prefix=${this.#root.locate('build')}=/build`];
  }
}

function part(sources: RunnerAttributes['sources'], index: SourceIndex): readonly SourcePiece[] {
  const pieces = sources[index];
  if (pieces === undefined) throw new Error(`\`ferrule.nix\` gave no part ${index} of the repository`);
  return pieces;
}

function known<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new Error(`\`ferrule.nix\` gave no \`${name}\``);
  return value;
}

function isScriptOutput(value: unknown): value is ScriptOutput {
  return typeof value === 'object' && value !== null && 'linkLibraries' in value && 'metadata' in value && 'cfgs' in value;
}

function section(title: string, bytes: Buffer): string {
  return bytes.length === 0 ? '' : `--- ${title}\n${bytes.toString('utf8').trimEnd()}\n`;
}

/** A file that a plan does not know of was added after it was written. */
function missingHint(rendered: string): string {
  return /file not found for module|couldn't read|No such file/.test(rendered)
    ? '\nhint: if the file exists, run `ferrule nix export`: it came after the plan was written, or git does not know it'
    : '';
}
