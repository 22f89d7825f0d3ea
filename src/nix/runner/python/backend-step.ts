import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Action } from '../../../model/action.ts';
import { type Digest, digestOf, digestOfFile } from '../../../model/digest.ts';
import { type BuiltFile, readBuiltFile } from '../../../python/build/build-answer.ts';
import { editableModules } from '../../../python/build/editable-modules.ts';
import { editableSources } from '../../../python/build/editable-sources.ts';
import { unpackSourceArchive } from '../../../python/build/source-archive.ts';
import {
  BUILD_OUTPUT,
  editableBuildAction,
  MODULES_OUTPUT,
  sdistBuildAction,
  wheelBuildAction,
} from '../../../python/build/wheel-build-action.ts';
import { unpackWheel } from '../../../python/wheel/unpack-wheel.ts';
import type { BackendStep } from '../../python-steps.ts';
import { RunnerFailure } from '../build-root.ts';
import { interpreterOf } from './interpreter.ts';
import { adoptUnpacked } from './kept-wheel.ts';
import { keepEditable } from './kept-editable.ts';
import { keepArchive, keepFile, keepWheelOf, type StepPlace, taken } from './step-place.ts';

/** Has a backend build a project: the local engine's action, laid out and run here. */
export async function backendStep(step: BackendStep, place: StepPlace): Promise<void> {
  const { store } = place;
  const sources = await sourcesOf(step, place);
  const action = await actionOf(step, sources, place);
  for (const [path, input] of action.inputs) {
    if (input.kind === 'file') place.root.write(path, store.readBlob(input.digest)?.toString('utf8') ?? '');
    else if (input.kind === 'tree') {
      const from = store.treePath(input.digest) ?? '';
      const isSource = input.digest === sources;
      await place.root.lay({ path, kind: 'directory', from, patches: [], writable: isSource, link: !isSource });
    }
  }
  const ran = run(step, action, place);
  const made = digestOf('dist');
  store.adoptTree(made, place.root.locate(BUILD_OUTPUT));
  const result = {
    exitCode: ran.status,
    outputs: [{ kind: 'tree', path: BUILD_OUTPUT, digest: made } as const],
    stdout: store.putBlob(ran.stdout),
    stderr: store.putBlob(ran.stderr),
    elapsedMs: 0,
  };
  const subject = { label: step.label, span: undefined };
  const built = taken(readBuiltFile({ store, subject, result }));
  const { filename, path } = built;
  if (step.hook === 'editable') return await keepInPlace(step, built, place);
  keepFile(filename, { path }, place);
  if (step.hook === 'wheel') await keepArchive({ path, filename }, place);
}

/** Where the modules are that an editable wheel leads to, and those that were compiled on the way. */
async function keepInPlace({ label, sources }: BackendStep, built: BuiltFile, place: StepPlace): Promise<void> {
  const { store, output, root } = place;
  if (sources.kind !== 'part') throw new Error(`${label} is not in the checkout`);
  const { path, filename, sourceRoot } = built;
  const wheel = taken(await unpackWheel({ store, digest: digestOfFile(path), path, filename, alone: true }));
  const directory = `/${sources.below}`;
  const found = taken(
    editableSources({ store, wheel, sourceRoot: root.normalise(sourceRoot), directory, subject: { label, span: undefined } }),
  );
  const kept = join(output, 'modules');
  const compiled = root.locate(MODULES_OUTPUT);
  if (existsSync(compiled)) cpSync(compiled, kept, { recursive: true });
  const modules = editableModules({ built: { modules: existsSync(kept) ? kept : undefined }, directory, sources: found });
  keepWheelOf(wheel, place);
  keepEditable(output, { sources: found.map((source) => source.slice(1)), modules });
}

/** A directory by the digest that stands for it here. */
async function sourcesOf({ sources }: BackendStep, place: StepPlace): Promise<Digest> {
  const { store } = place;
  if (sources.kind === 'archive') {
    const path = place.file(sources.from);
    return taken(await unpackSourceArchive({ store, path, digest: digestOfFile(path), filename: sources.filename }));
  }
  const digest = digestOf('sources');
  store.adoptTree(digest, sources.kind === 'part' ? join(place.source(sources.source), sources.below) : place.file(sources));
  return digest;
}

async function actionOf(step: BackendStep, sources: Digest, place: StepPlace): Promise<Action> {
  const { store } = place;
  const { interpreter, prefix } = await interpreterOf(place);
  const tree = digestOf('python');
  store.adoptTree(tree, prefix);
  const call = {
    store,
    interpreter: { tree, interpreter },
    buildSystem: step.system,
    requires: step.requires.map((index) => adoptUnpacked(store, place.need(index))),
    sources,
    subdirectory: step.subdirectory ?? undefined,
    configSettings: step.configSettings,
    environment: step.environment,
    platform: {},
  };
  switch (step.hook) {
    case 'wheel':
      return wheelBuildAction(call);
    case 'sdist':
      return sdistBuildAction(call);
    case 'editable':
      return editableBuildAction(call);
  }
}

function run(
  { label }: BackendStep,
  { command }: Action,
  { attributes, root }: StepPlace,
): { readonly status: number; readonly stdout: Buffer; readonly stderr: Buffer } {
  const { path, pkgConfig, variables } = attributes;
  const environment: Record<string, string> = {
    ...command.environment,
    PATH: path.join(':'),
    ...(pkgConfig.length === 0 ? {} : { PKG_CONFIG_LIBDIR: pkgConfig.join(':'), PKG_CONFIG_PATH: '' }),
    ...variables,
  };
  const [program = '', ...words] = command.arguments.map((word) => root.translate(word));
  root.makeDirectory('build/out');
  const { status, signal, stdout, stderr, error } = spawnSync(program, words, {
    cwd: root.locate(command.workingDirectory),
    env: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, root.translate(value)])),
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined) throw new RunnerFailure(`\`${program}\` could not be started: ${error.message}`);
  if (status === null) throw new RunnerFailure(`${stderr.toString('utf8')}building ${label} was ended by ${signal}`);
  return { status, stdout, stderr };
}
