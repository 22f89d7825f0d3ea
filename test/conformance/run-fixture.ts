import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { RustFacts } from '../../src/rust/facts.ts';
import { gatherFacts } from '../../src/rust/cargo/gather-facts.ts';
import { runProcess } from '../../src/rust/cargo/node-process.ts';
import type { Toolchain } from '../../src/rust/toolchain.ts';
import { compareWithCargo, type Comparison } from './compare.ts';
import { type CargoRun, type Fixture, profileOf, writeFixture } from './fixture.ts';
import { type CargoPlace, recordCargo, userEnvironment } from './oracle.ts';

/** Writes a fixture below `directory`, locks it and fetches what it needs from its own repositories; the absolute path of its workspace. */
export function prepareFixture(fixture: Fixture, directory: string, place: CargoPlace): string {
  mkdirSync(directory, { recursive: true });
  const root = realpathSync(directory);
  const files = Object.fromEntries(
    Object.entries(fixture.files).map(([path, content]) => [path, content.replaceAll('$HOST_TRIPLE', place.toolchain.host)]),
  );
  writeFixture({ files }, root);
  for (const repository of fixture.git ?? []) commitAll(join(root, repository));
  const cwd = join(root, fixture.workspace ?? '.');
  const environment = { ...userEnvironment(place, { command: 'build' }), CARGO_TERM_COLOR: 'never' };
  succeed(spawnSync(place.toolchain.cargo, ['fetch'], { cwd, env: environment, encoding: 'utf8' }));
  return cwd;
}

function commitAll(directory: string): void {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  for (const words of [
    ['init', '--quiet'],
    ['add', '.'],
    [...identity, 'commit', '--quiet', '--allow-empty', '-m', 'all'],
  ]) {
    succeed(spawnSync('git', words, { cwd: directory, encoding: 'utf8' }));
  }
}

function succeed(done: { readonly status: number | null; readonly stderr: string }): void {
  if (done.status !== 0) throw new Error(`preparing a fixture failed: ${done.stderr}`);
}

/** Everything about one command in one workspace. */
export interface RunRequest {
  readonly place: CargoPlace;
  readonly workspace: string;
  readonly repository: string;
  readonly run: CargoRun;
  readonly targetDirectory: string;
  /** Use what an earlier run of cargo left in the target directory. */
  readonly keep: boolean;
}

/** Plans one cargo command, has cargo do it, compares. */
export async function compareRun(request: RunRequest): Promise<Comparison> {
  const run = forHost(request.run, request.place.toolchain);
  const facts = await factsFor({ ...request, run });
  const recording = recordCargo({ ...request, run });
  return compareWithCargo(facts, recording);
}

/** What planning is given; throws when cargo's answers cannot be had, which no workspace here should cause. */
export async function factsFor(request: Pick<RunRequest, 'place' | 'workspace' | 'repository' | 'run'>): Promise<RustFacts> {
  const { place, workspace, repository } = request;
  const { toolchain } = place;
  const run = forHost(request.run, toolchain);
  const gathered = await gatherFacts({
    workspaceRoot: workspace,
    repositoryRoot: repository,
    toolchain,
    environment: userEnvironment(place, run),
    offline: true,
    run: runProcess,
    onProgress: () => undefined,
    selection: {
      command: run.command === 'clippy' ? 'check' : run.command,
      ...(run.command === 'clippy' ? { driver: { program: 'clippy-driver', arguments: [] } as const } : {}),
      packages: run.packages ?? [],
      workspace: run.workspace ?? false,
      targets: run.targets ?? [],
      features: run.features ?? [],
      allFeatures: false,
      noDefaultFeatures: run.noDefaultFeatures ?? false,
      profile: profileOf(run),
      target: run.target,
    },
  });
  if (!gathered.ok) throw new Error(gathered.diagnostics.map(describe).join('\n'));
  return gathered.value.facts;
}

function describe({ message, output }: Diagnostic): string {
  return output === undefined ? message : `${message}\n${output}`;
}

/** `$HOST` in a run is the triple of the machine. */
function forHost(run: CargoRun, toolchain: Toolchain): CargoRun {
  return run.target === '$HOST' ? { ...run, target: toolchain.host } : run;
}
