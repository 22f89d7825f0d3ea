import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ActionResult } from '../../model/action.ts';
import type { Scratch, Store } from '../../store/store.ts';
import type { Engine, RunRequest } from '../engine.ts';
import { type Jobserver, JOBSERVER_ENVIRONMENT } from '../jobserver.ts';
import { bubblewrapArguments, findHostDirectories, type HostDirectories } from './bubblewrap.ts';
import { Children } from './child.ts';
import { prepareRoot } from './mounts.ts';
import { artifactPath, cannotStart, collectOutputs, sandboxFailure, tookTooLong, withSignal } from './outcome.ts';

export interface LocalEngineOptions {
  readonly store: Store;
  readonly jobserver: Jobserver | undefined;
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
    const scratch = this.#options.store.scratch();
    try {
      const result = await this.#runIn(scratch.path, request);
      if (request.keepSandbox && (!result.ok || result.value.exitCode !== 0)) request.onSandboxKept?.(this.#keep(scratch, request));
      return result;
    } finally {
      scratch.dispose();
    }
  }

  #keep(scratch: Scratch, { action, key }: RunRequest): KeptSandbox {
    const directory = scratch.keep(key.hash.slice(0, 16));
    const { bubblewrap, store } = this.#options;
    const { environment, workingDirectory, arguments: command } = action.command;
    const mounts = mountsOf({ action, store, scratch: directory });
    const host = (this.#host ??= findHostDirectories());
    const words = bubblewrapArguments({ host, build: join(directory, 'build'), mounts, workingDirectory, command: [] });
    const script = writeReproduction({ directory, workingDirectory: '/', environment, sandbox: [bubblewrap, ...words], command });
    return { directory, script };
  }

  stop(): void {
    this.#children.stop();
  }

  async #runIn(directory: string, request: RunRequest): Promise<Result<ActionResult>> {
    const { store, jobserver, bubblewrap, timeoutMs, now } = this.#options;
    const { action, early } = request;
    const root = prepareRoot({ action, store, scratch: directory });
    if (!root.ok) return root;
    this.#host ??= findHostDirectories();
    const earlyPath = early === undefined ? undefined : `/${early.path}`;
    let announced = false;
    const start = now();
    const child = await this.#children.run({
      program: bubblewrap,
      arguments: bubblewrapArguments({
        host: this.#host,
        build: root.value.build,
        mounts: root.value.mounts,
        workingDirectory: action.command.workingDirectory,
        command: action.command.arguments,
      }),
      environment: { ...action.command.environment, ...(jobserver === undefined ? {} : JOBSERVER_ENVIRONMENT) },
      descriptor: jobserver?.childDescriptor,
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
    if (child.timedOut) return fail(tookTooLong(request.label, timeoutMs ?? 0));
    const failure = sandboxFailure(child);
    if (failure !== undefined) return fail(failure);
    const outputs =
      child.exitCode === 0
        ? collectOutputs({ store, label: request.label, paths: action.command.outputs, absolute: (path) => join(directory, path) })
        : ok([]);
    if (!outputs.ok) return outputs;
    return ok({
      exitCode: child.exitCode ?? 128,
      outputs: outputs.value,
      stdout: store.putBlob(child.stdout),
      stderr: store.putBlob(withSignal(child)),
      elapsedMs: Math.round(now() - start),
    });
  }
}
