import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Action } from '../../../model/action.ts';
import { type Digest, digestOf, digestOfFile } from '../../../model/digest.ts';
import { readBuiltFile } from '../../../python/build/build-answer.ts';
import { unpackSourceArchive } from '../../../python/build/source-archive.ts';
import { BUILD_OUTPUT, sdistBuildAction, wheelBuildAction } from '../../../python/build/wheel-build-action.ts';
import type { BackendStep } from '../../python-steps.ts';
import { RunnerFailure } from '../build-root.ts';
import { interpreterOf } from './interpreter.ts';
import { adoptUnpacked } from './kept-wheel.ts';
import { keepArchive, keepFile, type StepPlace, taken } from './step-place.ts';

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
  const { filename, path } = taken(readBuiltFile({ store, subject: { label: step.label, span: undefined }, result }));
  keepFile(filename, { path }, place);
  if (step.hook === 'wheel') await keepArchive({ path, filename }, place);
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
  return step.hook === 'wheel' ? wheelBuildAction(call) : sdistBuildAction(call);
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
