import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { RustFacts } from '../../src/rust/facts.ts';
import { gatherFacts } from '../../src/rust/gather-facts.ts';
import { runProcess } from '../../src/rust/node-process.ts';
import type { Toolchain } from '../../src/rust/toolchain.ts';
import { compareWithCargo, type Comparison } from './compare.ts';
import { type CargoRun, type Fixture, profileOf, writeFixture } from './fixture.ts';
import { recordCargo, userEnvironment } from './oracle.ts';

/** Writes a fixture below `directory` and locks it; the absolute path of its workspace. */
export function prepareFixture(fixture: Fixture, directory: string, toolchain: Toolchain): string {
  mkdirSync(directory, { recursive: true });
  const root = realpathSync(directory);
  const files = Object.fromEntries(
    Object.entries(fixture.files).map(([path, content]) => [path, content.replaceAll('$HOST_TRIPLE', toolchain.host)]),
  );
  writeFixture({ files }, root);
  const workspace = join(root, fixture.workspace ?? '.');
  const environment = userEnvironment(toolchain, { command: 'build' });
  const locked = spawnSync(toolchain.cargo, ['generate-lockfile', '--offline'], { cwd: workspace, env: environment, encoding: 'utf8' });
  if (locked.status !== 0) throw new Error(`cargo generate-lockfile failed: ${locked.stderr}`);
  return workspace;
}

/** Everything about one command in one workspace. */
export interface RunRequest {
  readonly toolchain: Toolchain;
  readonly workspace: string;
  readonly repository: string;
  readonly run: CargoRun;
  readonly targetDirectory: string;
  /** Use what an earlier run of cargo left in the target directory. */
  readonly keep: boolean;
}

/** Plans one cargo command, has cargo do it, compares. */
export async function compareRun(request: RunRequest): Promise<Comparison> {
  const run = forHost(request.run, request.toolchain);
  const facts = await factsFor({ ...request, run });
  const recording = recordCargo({ ...request, run });
  return compareWithCargo(facts, recording);
}

/** What planning is given; throws when cargo's answers cannot be had, which no workspace here should cause. */
export async function factsFor(request: Pick<RunRequest, 'toolchain' | 'workspace' | 'repository' | 'run'>): Promise<RustFacts> {
  const { toolchain, workspace, repository } = request;
  const run = forHost(request.run, toolchain);
  const gathered = await gatherFacts({
    workspaceRoot: workspace,
    repositoryRoot: repository,
    toolchain,
    environment: userEnvironment(toolchain, run),
    offline: true,
    run: runProcess,
    onProgress: () => undefined,
    selection: {
      command: run.command,
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
