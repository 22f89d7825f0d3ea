import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { type Diagnostic, ok, type Result } from '../../src/diagnostics/diagnostic.ts';
import { digestOfFile } from '../../src/model/digest.ts';
import type { ExtensionPlan } from '../../src/plan/extension-plan.ts';
import type { BuildPython } from '../../src/plan/extension-python.ts';
import type { Interpreter } from '../../src/python/interpreter.ts';
import { findInterpreter } from '../../src/python/interpreters/find-interpreter.ts';
import { interpreterTree } from '../../src/python/interpreters/interpreter-tree.ts';
import { checkSettings } from '../../src/python/maturin/settings-schema.ts';
import { unpackWheel } from '../../src/python/wheel/unpack-wheel.ts';
import type { UnpackedWheel } from '../../src/python/wheel.ts';
import { runProcess } from '../../src/rust/cargo/node-process.ts';
import type { DirectoryStore } from '../../src/store/directory-store.ts';
import { compareWithCargo } from '../conformance/compare.ts';
import { buildPlans, type BuiltPlans, ENVIRONMENT, plannedExtension, storeAt } from '../python/extension/extension-rig.ts';
import { machinePython } from '../python/extension/interpreters.ts';
import { recordMaturin } from '../python/extension/maturin-recording.ts';
import { oracleTools } from '../python/oracle.ts';
import type { ExtensionSubject } from './extension-subjects.ts';
import type { Trial } from './try-subject.ts';

/**
 * Has maturin make a wheel of a source distribution, and Ferrule its module: every process has to be the same, and so has what
 * Python does with maturin's module and with ours in its place.
 */
export async function tryExtension(options: { readonly subject: ExtensionSubject; readonly directory: string }): Promise<Trial> {
  const { subject, directory } = options;
  const project = sourcesOf(subject, directory);
  const { python, interpreter } = machinePython();
  const maturinStart = performance.now();
  const recording = recordMaturin({
    project,
    directory: join(directory, 'maturin'),
    python,
    words: ['--profile', 'dev', '--compatibility', 'linux'],
  });
  const cargoSeconds = (performance.now() - maturinStart) / 1000;
  const store = storeAt(directory);
  try {
    const buildPython = async (): Promise<Result<BuildPython | undefined>> => await pythonWith({ subject, directory, store });
    const extension = valueOf(await planned({ store, project, interpreter, buildPython }));
    const { differences } = compareWithCargo(extension.plan.facts, recording);
    const problems = differences.map((difference) => `not as maturin: ${difference}`);
    const first = await timed(() => buildPlans({ store, root: project, plans: [extension.plan] }));
    const trial = { units: extension.plan.units.length, cargoSeconds, ferruleSeconds: first.seconds, same: undefined };
    problems.push(...first.value.diagnostics.map(said));
    const module = moduleOf(extension, first.value);
    if (module !== undefined) {
      const packages = wheelPackages({ subject, directory, wheel: recording.wheel });
      const ours = join(directory, 'ours');
      replaceModule({ packages, ours, module, wheel: recording.wheel });
      for (const program of subject.programs) {
        const [expected, answer] = [packages, ours].map((path) => answerOf({ python, path, program, directory }));
        if (!expected?.startsWith('status 0')) problems.push(`maturin's own module fails: ${expected ?? ''}`);
        if (answer !== expected) problems.push(`${program}:\n  maturin: ${expected ?? ''}\n  ferrule: ${answer ?? ''}`);
      }
    }
    const again = await timed(() => buildPlans({ store, root: project, plans: [extension.plan] }));
    const executed = again.value.events.filter((event) => event.type === 'started').length;
    if (executed > 0) problems.push(`with nothing changed, ${executed} actions were executed`);
    return { ...trial, againSeconds: again.seconds, lookUpSeconds: again.seconds, problems };
  } finally {
    store.close();
  }
}

/** Unpacks the source distribution, which pip gets from its index; the real path of its directory. */
function sourcesOf({ name, version }: ExtensionSubject, directory: string): string {
  const checkout = join(directory, 'checkout');
  if (!existsSync(checkout)) {
    mkdirSync(checkout, { recursive: true });
    pip(['download', '--no-deps', '--no-binary', name, '--dest', directory, `${name}==${version}`]);
    const archive = readdirSync(directory).find((file) => file.endsWith('.tar.gz')) ?? '';
    succeed('tar', ['-xzf', join(directory, archive), '-C', checkout, '--strip-components=1']);
    succeed('git', ['init', '--quiet', checkout]);
  }
  return realpathSync(checkout);
}

async function planned(options: {
  readonly store: DirectoryStore;
  readonly project: string;
  readonly interpreter: Interpreter;
  readonly buildPython: () => Promise<Result<BuildPython | undefined>>;
}): Promise<Result<ExtensionPlan>> {
  const { store, project, interpreter, buildPython } = options;
  const text = readFileSync(join(project, 'pyproject.toml'), 'utf8');
  const settings = checkSettings(Object(Object(parse(text))['tool'])['maturin'], { file: 'pyproject.toml', text });
  if (!settings.ok) return settings;
  const manifest = settings.value.manifestPath ?? (existsSync(join(project, 'Cargo.toml')) ? 'Cargo.toml' : 'rust/Cargo.toml');
  const directory = dirname(join(project, manifest));
  const wishes = { settings: settings.value, interpreter, buildPython, profile: 'dev' };
  return await plannedExtension({ store, root: project, directory, wishes });
}

/** The Python of this machine as a tree, and what the project is built with. */
async function pythonWith(options: {
  readonly subject: ExtensionSubject;
  readonly directory: string;
  readonly store: DirectoryStore;
}): Promise<Result<BuildPython | undefined>> {
  const { subject, directory, store } = options;
  const wanted = subject.buildRequirements ?? [];
  if (wanted.length === 0) return ok(undefined);
  const wheels = join(directory, 'requires');
  if (!existsSync(wheels)) pip(['download', '--no-deps', '--only-binary', ':all:', '--dest', wheels, ...wanted]);
  const installed = await findInterpreter({ directory, requiresPython: undefined, environment: ENVIRONMENT, run: runProcess, store });
  if (!installed.ok) return installed;
  const interpreter = interpreterTree({ installed: installed.value, store });
  if (!interpreter.ok) return interpreter;
  const requires: UnpackedWheel[] = [];
  for (const filename of readdirSync(wheels).toSorted()) {
    const path = join(wheels, filename);
    const wheel = await unpackWheel({ store, path, digest: digestOfFile(path), filename });
    if (!wheel.ok) return wheel;
    requires.push(wheel.value);
  }
  return ok({ interpreter: interpreter.value, requires });
}

function moduleOf(extension: ExtensionPlan, built: BuiltPlans): string | undefined {
  const code = built.diagnostics.length === 0 ? built.outcomeOf(extension)?.code : undefined;
  return code?.kind === 'module' ? code.library.path : undefined;
}

/** maturin's wheel, unpacked, with what it needs beside it. */
function wheelPackages(options: { readonly subject: ExtensionSubject; readonly directory: string; readonly wheel: string }): string {
  const { subject, directory, wheel } = options;
  const packages = join(directory, 'theirs');
  if (!existsSync(packages)) pip(['install', '--no-deps', '--target', packages, wheel, ...(subject.requirements ?? [])]);
  return packages;
}

/** The same packages with our module where maturin's was. */
function replaceModule(options: {
  readonly packages: string;
  readonly ours: string;
  readonly module: string;
  readonly wheel: string;
}): void {
  const { packages, ours, module, wheel } = options;
  rmSync(ours, { recursive: true, force: true });
  cpSync(packages, ours, { recursive: true });
  const listed = spawnSync(oracleTools().python, ['-m', 'zipfile', '-l', wheel], { encoding: 'utf8' }).stdout.split('\n');
  const names = listed.flatMap((line) => /^\S+\.so(?= )/.exec(line)?.[0] ?? []);
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`maturin's wheel has ${names.length} modules`);
  rmSync(join(ours, name));
  copyFileSync(module, join(ours, name));
}

function answerOf(options: {
  readonly python: string;
  readonly path: string;
  readonly program: string;
  readonly directory: string;
}): string {
  const { python, path, program, directory } = options;
  const done = spawnSync(python, ['-c', program], { cwd: directory, env: { PYTHONPATH: path, PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
  return `status ${done.status}: ${done.stdout}${done.stderr}`.replaceAll(path, '$PACKAGES');
}

function pip(words: readonly string[]): void {
  const { python } = oracleTools();
  succeed(python, ['-m', 'pip', words[0] ?? '', '--quiet', '--disable-pip-version-check', ...words.slice(1)]);
}

function succeed(program: string, words: readonly string[]): void {
  const done = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`\`${program} ${words.join(' ')}\` failed: ${done.error?.message ?? done.stderr.slice(-3000)}`);
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - start) / 1000 };
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map(said).join('\n'));
  return result.value;
}

function said({ code, message, output }: Diagnostic): string {
  return `${code}: ${message}${output === undefined ? '' : `\n${output.slice(-3000)}`}`;
}
