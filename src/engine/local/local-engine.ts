import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action, ActionResult } from '../../model/action.ts';
import type { Scratch, Store } from '../../store/store.ts';
import { failingAsStore } from '../../store/system-error.ts';
import type { Engine, KeptSandbox, RunRequest } from '../engine.ts';
import { type JobPipe, JOBSERVER_ENVIRONMENT } from '../jobserver.ts';
import { bubblewrapArguments, findHostDirectories, type HostDirectories } from './bubblewrap.ts';
import { Children } from './child.ts';
import { mountedView } from './outside-links.ts';
import { type PreparedRoot, prepareRoot } from './mounts.ts';
import { throwIfFull } from './full-disk.ts';
import { artifactPath, cannotStart, collectOutputs, sandboxFailure, cutShort } from './outcome.ts';
import { writeReproduction } from './reproduction.ts';

export interface LocalEngineOptions {
  readonly store: Store;
  readonly jobserver: JobPipe | undefined;
  /** Absolute path of `bwrap`. */
  readonly bubblewrap: string;
  /** Milliseconds after which an action is killed; `undefined`: never. */
  readonly timeoutMs: number | undefined;
  readonly now: () => number;
}

/** Runs actions in bubblewrap sandboxes of this machine, each with its inputs at `/build`. */
export class LocalEngine implements Engine {
  readonly name = 'local';
  readonly platform = {};
  readonly #options: LocalEngineOptions;
  readonly #children = new Children();
  #host: HostDirectories | undefined;

  constructor(options: LocalEngineOptions) {
    this.#options = options;
  }

  async run(request: RunRequest): Promise<Result<ActionResult>> {
    const { store } = this.#options;
    const { action } = request;
    const scratch = store.scratch();
    try {
      const root = failingAsStore(scratch.path, () => prepareRoot({ action, store, scratch: scratch.path }));
      if (!root.ok) return root;
      const result = await this.#runIn({ directory: scratch.path, root: root.value, request });
      const keep = request.keepSandbox && (!result.ok || result.value.exitCode !== 0);
      if (keep) request.onSandboxKept?.(this.#keep({ scratch, root: root.value, request }));
      return result;
    } finally {
      scratch.dispose();
    }
  }

  #keep({ scratch, root, request }: { readonly scratch: Scratch; readonly root: PreparedRoot; readonly request: RunRequest }): KeptSandbox {
    const { action, key } = request;
    const directory = scratch.keep(key.hash.slice(0, 16));
    const moved = (path: string): string => (path.startsWith(`${scratch.path}/`) ? directory + path.slice(scratch.path.length) : path);
    const mounts = root.mounts.map(({ source, target }) => ({ source: moved(source), target }));
    const sandbox = [this.#options.bubblewrap, ...this.#sandbox({ root: { build: moved(root.build), mounts }, action, command: [] })];
    const { environment, arguments: command } = action.command;
    const script = failingAsStore(directory, () => writeReproduction({ directory, workingDirectory: '/', environment, sandbox, command }));
    return { directory, script };
  }

  #sandbox(options: { readonly root: PreparedRoot; readonly action: Action; readonly command: readonly string[] }): readonly string[] {
    this.#host ??= findHostDirectories();
    const { root, action, command } = options;
    return bubblewrapArguments({ host: this.#host, ...root, workingDirectory: action.command.workingDirectory, command });
  }

  stop(): void {
    this.#children.stop();
  }

  async #runIn(options: {
    readonly directory: string;
    readonly root: PreparedRoot;
    readonly request: RunRequest;
  }): Promise<Result<ActionResult>> {
    const { store, jobserver, bubblewrap, timeoutMs, now } = this.#options;
    const { directory, root, request } = options;
    const { action, early } = request;
    const descriptor = jobserver?.childDescriptor;
    const earlyPath = early === undefined ? undefined : `/${early.path}`;
    let announced = false;
    const start = now();
    const child = await this.#children.run({
      program: bubblewrap,
      arguments: this.#sandbox({ root, action, command: action.command.arguments }),
      environment: { ...action.command.environment, ...(descriptor === undefined ? {} : JOBSERVER_ENVIRONMENT) },
      descriptor,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(early === undefined
        ? {}
        : {
            onErrorLine: (line: string) => {
              if (announced || artifactPath(line) !== earlyPath) return;
              announced = true;
              const witness = join(directory, early.witness);
              early.onEarly(
                store.takeFile(join(directory, early.path), { executable: false }),
                existsSync(witness) ? readFileSync(witness) : undefined,
              );
            },
          }),
    });
    if ('spawnError' in child) return fail(cannotStart(bubblewrap, child.spawnError));
    throwIfFull(child, store.directory);
    const failure = cutShort(child, { label: request.label, timeoutMs });
    if (failure !== undefined) return fail(failure);
    const setUp = sandboxFailure(child);
    if (setUp !== undefined) return fail(setUp);
    const outputs =
      child.exitCode === 0
        ? collectOutputs({
            store,
            label: request.label,
            paths: action.command.outputs,
            absolute: (path) => join(directory, path),
            view: mountedView({ scratch: directory, mounts: root.mounts }),
          })
        : ok([]);
    if (!outputs.ok) return outputs;
    return ok({
      exitCode: child.exitCode,
      outputs: outputs.value,
      stdout: store.putBlob(child.stdout),
      stderr: store.putBlob(child.stderr),
      elapsedMs: Math.round(now() - start),
    });
  }
}
