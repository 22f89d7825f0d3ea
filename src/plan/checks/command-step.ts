import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import type { InputEntry } from '../../model/tree.ts';
import type { EnvironmentPart } from '../../python/environment.ts';
import { relativeToRoot, SOURCE_ROOT } from '../../rust/layout.ts';
import { filesForInputs } from '../../source/extra-inputs.ts';
import { packageFiles } from '../../source/package-files.ts';
import { isWithin } from '../../source/path-within.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import { snapshot } from '../../source/source-tree.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import type { PlannedEnvironment } from '../python/environment-node.ts';
import { resolvedPart } from '../python/environment-step.ts';
import type { CheckStep, CheckSurroundings, FailedCheck } from './check.ts';
import type { RunAdditions } from './package-run.ts';
import { ENVIRONMENT_ROOT, sandboxEnvironment } from './sandbox-environment.ts';
import type { FoundTool } from './tools.ts';

export interface CommandStepOptions {
  readonly store: DirectoryStore;
  /** Of the environment; shown in its prompt. */
  readonly name: string;
  /** `undefined`: it runs with the machine's programs. */
  readonly environment: PlannedEnvironment | undefined;
  /** Programs from elsewhere on this machine. */
  readonly tools: readonly FoundTool[];
  /** Told what the environment is composed from. */
  readonly command: (parts: readonly EnvironmentPart[]) => readonly string[];
  /** Absolute: where it is run. */
  readonly directory: string;
  /** Absolute directories whose files it may read. */
  readonly directories: readonly string[];
  /** Absolute: stands at the source root. */
  readonly repositoryRoot: string;
  readonly additions: RunAdditions;
  /** Files that it leaves, relative to the root. */
  readonly outputs: readonly string[];
  readonly explain: (failed: FailedCheck, paths: (text: string) => string) => readonly Diagnostic[];
}

/** A command in an environment: pytest, or what `ferrule.toml` declares. */
export class CommandStep implements CheckStep {
  /** What it was planned to do: other engines are told of it. */
  readonly options: CommandStepOptions;

  constructor(options: CommandStepOptions) {
    this.options = options;
  }

  async action(around: CheckSurroundings): Promise<Result<Action>> {
    const { environment, tools, command, additions, outputs } = this.options;
    const { sources, host, engine } = around;
    if (environment !== undefined && engine.platform['root'] !== undefined) return fail(needsSandbox(this.options.name));
    const parts = (environment?.parts ?? []).map((part) => resolvedPart(part, around));
    const files = this.#files(around, parts);
    if (!files.ok) return files;
    const composed = environment === undefined ? ok(new Map<string, InputEntry>()) : this.#environment(environment, parts);
    if (!composed.ok) return composed;
    const inputs = new Map<string, InputEntry>([...composed.value, [relativeToRoot(SOURCE_ROOT), { kind: 'tree', digest: files.value }]]);
    for (const { name, digest } of tools) inputs.set(`${relativeToRoot(TOOLS_ROOT)}/${name}`, { kind: 'file', digest, executable: true });
    return ok({
      command: {
        arguments: command(parts),
        environment: {
          ...BASE_ENVIRONMENT,
          ...this.variables,
          ...host.select([...around.passEnvironment, ...additions.passEnvironment]),
          ...additions.environment,
          PATH: [
            ...(environment === undefined ? [] : [`${ENVIRONMENT_ROOT}/bin`]),
            ...(tools.length === 0 ? [] : [TOOLS_ROOT]),
            BASE_ENVIRONMENT.PATH,
          ].join(':'),
        },
        workingDirectory: this.workingDirectory,
        outputs,
      },
      inputs,
      platform: { ...sources.machine({ usesCompilers: false }), ...engine.platform },
    });
  }

  /** What every run of it has besides what all actions have. */
  get variables(): Readonly<Record<string, string>> {
    const { environment } = this.options;
    return {
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONHASHSEED: '0',
      ...(environment === undefined ? {} : { VIRTUAL_ENV: ENVIRONMENT_ROOT }),
    };
  }

  /** Relative to the action's root. */
  get workingDirectory(): string {
    const { directory, repositoryRoot } = this.options;
    return relativeToRoot(SOURCE_ROOT + directory.slice(repositoryRoot.length));
  }

  explain(failed: FailedCheck): readonly Diagnostic[] {
    const { repositoryRoot } = this.options;
    return this.options.explain(failed, (text) => text.replaceAll(`${SOURCE_ROOT}/`, `${repositoryRoot}/`));
  }

  #environment(environment: PlannedEnvironment, parts: readonly EnvironmentPart[]): Result<ReadonlyMap<string, InputEntry>> {
    const { store, name, repositoryRoot: anchor } = this.options;
    return sandboxEnvironment({ store, name, environment, parts, anchor });
  }

  /** All of its own directories; of other projects what they are imported from. */
  #files({ sources }: CheckSurroundings, parts: readonly EnvironmentPart[]): Result<InputTree> {
    const { store, repositoryRoot } = this.options;
    const { memory } = sources;
    const others = parts.flatMap((part) => (part.kind === 'editable' ? part.sources : []));
    const { digests, trees } = memory;
    return snapshot({ store, anchor: repositoryRoot, files: this.fileNames(memory, others), digests, trees });
  }

  /** Everything that it may read of its own directories and of `others`, absolute; relative to the repository's root. */
  fileNames(memory: SourceMemory, others: readonly string[]): readonly string[] {
    const { repositoryRoot, directory, directories, additions } = this.options;
    const own = [...new Set([...directories, ...others])].flatMap((packageRoot) =>
      packageFiles({
        packageRoot,
        repositoryRoot,
        directories: memory.directories,
        probe: memory.probe,
        nestedPackages: 'enter',
      }).paths.map((path) => `${packageRoot}/${path}`),
    );
    const named = filesForInputs({
      patterns: additions.inputs,
      packageRoot: directory,
      anchor: repositoryRoot,
      directories: memory.directories,
      probe: memory.probe,
    });
    const files = [...new Set([...own, ...named])].filter((file) => isWithin(file, repositoryRoot) && !LEFT_BEHIND.test(file));
    return files.map((file) => file.slice(repositoryRoot.length + 1)).toSorted();
  }
}

type InputTree = Extract<InputEntry, { kind: 'tree' }>['digest'];

const TOOLS_ROOT = '/build/tools';

/** What tools leave beside sources where nobody told git to ignore it. */
export const LEFT_BEHIND = /\/(?:__pycache__|\.venv|\.pytest_cache|\.mypy_cache|\.ruff_cache|node_modules)\/|\.py[co]$/;

function needsSandbox(name: string): Diagnostic {
  return {
    code: 'F1063',
    severity: 'error',
    blame: 'infrastructure',
    message: `checks in a Python environment need a sandbox: \`${name}\``,
    hints: ['install bubblewrap, or leave them out with `--only`'],
  };
}
