import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import type { InputEntry } from '../../model/tree.ts';
import type { ConfigOverride } from '../../repository/config.ts';
import { relativeToRoot, type SandboxPath, TOOLCHAIN_ROOT } from '../../rust/layout.ts';
import type { DoctestRun, TestRun } from '../../rust/planned-unit.ts';
import type { Package } from '../../rust/unit.ts';
import { withPluginDirectories } from '../../rust/script/dynamic-path.ts';
import { withConfiguredVariables } from '../configured-variables.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import type { FinishedScript } from '../rust-lowering.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { CheckSurroundings } from './check.ts';

/** What `ferrule.toml` adds to a run. */
export interface RunAdditions {
  /** Patterns relative to the package. */
  readonly inputs: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly passEnvironment: readonly string[];
}

/** Adds overrides of a package to what its checks are given. */
export function withOverrides(additions: RunAdditions, overrides: readonly ConfigOverride[]): RunAdditions {
  return {
    inputs: [...additions.inputs, ...overrides.flatMap(({ inputs }) => inputs)],
    environment: Object.assign({}, ...overrides.map(({ environment }) => environment), additions.environment),
    passEnvironment: [...additions.passEnvironment, ...overrides.flatMap(({ passEnvironment }) => passEnvironment)],
  };
}

/** The action of a process that runs in a package with the package's files, as cargo would start it. */
export async function packageRun(options: {
  readonly around: CheckSurroundings;
  readonly plan: WorkspacePlan;
  readonly pkg: Package;
  readonly run: TestRun | DoctestRun;
  readonly additions: RunAdditions;
  readonly arguments: (scripts: RunScripts) => readonly string[];
  /** What it reads besides; absent: nothing. */
  readonly inputs?: ReadonlyMap<string, InputEntry>;
  /** Files it leaves, relative to the root. */
  readonly outputs: readonly string[];
  /** It calls the linker. */
  readonly links: boolean;
}): Promise<Result<Action>> {
  const { around, plan, pkg, run, additions, outputs, links } = options;
  const { sources, host, engine } = around;
  const files = sources.testFiles(plan, pkg, additions.inputs);
  if (!files.ok) return files;
  const scripts = runScripts(around, plan, run);
  const inputs = new Map<string, InputEntry>([
    [relativeToRoot(TOOLCHAIN_ROOT), { kind: 'tree', digest: plan.facts.toolchain.tree }],
    [files.value.path, { kind: 'tree', digest: files.value.digest }],
    ...(options.inputs ?? []),
  ]);
  for (const { unit, file, path } of run.artifacts) {
    inputs.set(relativeToRoot(path), { kind: 'file', ...around.artifact({ workspace: plan, unit }, file) });
  }
  for (const { outDirectory } of scripts.linked) {
    inputs.set(relativeToRoot(outDirectory.path), { kind: 'tree', digest: outDirectory.tree });
  }
  const environment = withConfiguredVariables({
    environment: run.environment,
    configured: plan.facts.configEnvironment,
    mayRead: () => true,
    host,
  });
  return ok({
    command: {
      arguments: options.arguments(scripts),
      environment: {
        ...BASE_ENVIRONMENT,
        ...host.select([...around.passEnvironment, ...additions.passEnvironment]),
        ...withPluginDirectories(
          environment,
          scripts.linked.map(({ output }) => output),
        ),
        ...Object.fromEntries(scripts.own?.output.environment ?? []),
        ...(scripts.own === undefined ? {} : { OUT_DIR: scripts.own.outDirectory.path }),
        ...additions.environment,
      },
      workingDirectory: relativeToRoot(run.workingDirectory),
      outputs,
    },
    inputs,
    platform: { ...sources.machine({ usesCompilers: links }), ...engine.platform },
  });
}

/** The build scripts that a run hears of. */
export interface RunScripts {
  readonly own: FinishedScript | undefined;
  readonly linked: readonly FinishedScript[];
}

function runScripts(around: CheckSurroundings, plan: WorkspacePlan, run: TestRun | DoctestRun): RunScripts {
  const script = (unit: number): FinishedScript => around.script({ workspace: plan, unit });
  return { own: run.ownScript === undefined ? undefined : script(run.ownScript), linked: run.linkScripts.map(script) };
}

/** A name in a directory that a run may write: the directory is made for it, and what is in it is not kept. */
export function writableDirectory(directory: SandboxPath): string {
  return `${relativeToRoot(directory)}/.ferrule`;
}
