import { existsSync, readFileSync } from 'node:fs';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ActionResult } from '../../model/action.ts';
import type { Store } from '../../store/store.ts';
import { failingAsStore } from '../../store/system-error.ts';
import type { Engine, KeptSandbox, RunRequest } from '../engine.ts';
import { type JobPipe, JOBSERVER_ENVIRONMENT } from '../jobserver.ts';
import { Children } from './child.ts';
import { throwIfFull } from './full-disk.ts';
import { artifactPath, cannotStart, collectOutputs, missingInput, cutShort } from './outcome.ts';
import type { RootView } from './outside-links.ts';
import { PlainRoot } from './plain-root.ts';
import { writeReproduction } from './reproduction.ts';

/** Runs actions as plain processes where no sandbox can be had. Their keys carry the directory that stands in for `/build`. */
export class UnsandboxedEngine implements Engine {
  readonly name = 'local';
  readonly platform: Readonly<Record<string, string>>;
  readonly #options: UnsandboxedOptions;
  readonly #children = new Children();
  readonly #root: PlainRoot;

  constructor(options: UnsandboxedOptions) {
    this.#options = options;
    this.#root = PlainRoot.claim({ store: options.store, repositoryRoot: options.repositoryRoot });
    this.platform = { root: this.#root.path };
  }

  async run(request: RunRequest): Promise<Result<ActionResult>> {
    const { store, jobserver, timeoutMs, now, searchPath } = this.#options;
    const { action, early } = request;
    const root = this.#root;
    const descriptor = jobserver?.childDescriptor;
    const place = root.placeOf(action, request.key);
    const missing = root.lay(action, place);
    if (missing !== undefined) return fail(missingInput(missing));
    const translate = (text: string): string => root.translate(text, place);
    const [program = '', ...words] = action.command.arguments.map(translate);
    const environment = Object.fromEntries(Object.entries(action.command.environment).map(([name, value]) => [name, translate(value)]));
    const variables = { ...environment, PATH: `${environment['PATH'] ?? ''}:${searchPath}` };
    const earlyPath = early === undefined ? undefined : root.locate(early.path, place);
    let announced = false;
    const start = now();
    const child = await this.#children.run({
      program,
      arguments: words,
      environment: {
        ...variables,
        ...(descriptor === undefined ? {} : JOBSERVER_ENVIRONMENT),
      },
      directory: root.locate(action.command.workingDirectory, place),
      descriptor,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(early === undefined || earlyPath === undefined
        ? {}
        : {
            onErrorLine: (line: string) => {
              if (announced || artifactPath(line) !== earlyPath) return;
              announced = true;
              const witness = root.locate(early.witness, place);
              early.onEarly(store.takeFile(earlyPath, { executable: false }), existsSync(witness) ? readFileSync(witness) : undefined);
            },
          }),
    });
    if ('spawnError' in child) return fail(cannotStart(program, child.spawnError));
    if (request.keepSandbox && child.exitCode !== 0) {
      const workingDirectory = root.locate(action.command.workingDirectory, place);
      request.onSandboxKept?.(this.#keep({ workingDirectory, environment: variables, command: [program, ...words] }));
    }
    throwIfFull(child, store.directory);
    const failure = cutShort(child, { label: request.label, timeoutMs });
    if (failure !== undefined) return fail(failure);
    const locate = (path: string): string => root.locate(path, place);
    // Inputs are links into the store: a program that resolves its working directory ends there.
    const isOwn = (path: string): boolean => path.startsWith(`${root.path}/`) || path.startsWith(`${store.directory}/`);
    const view: RootView = { pathOf: locate, hostPath: (path) => path, isOwn };
    const outputs =
      child.exitCode === 0
        ? collectOutputs({ store, label: request.label, paths: action.command.outputs, absolute: locate, view })
        : ok([]);
    if (!outputs.ok) return outputs;
    return ok({
      exitCode: child.exitCode,
      outputs: outputs.value,
      stdout: store.putBlob(root.normalise(child.stdout, place)),
      stderr: store.putBlob(root.normalise(child.stderr, place)),
      elapsedMs: Math.round(now() - start),
    });
  }

  #keep(call: {
    readonly workingDirectory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly command: readonly string[];
  }): KeptSandbox {
    const directory = this.#root.path;
    return { directory, script: failingAsStore(directory, () => writeReproduction({ ...call, directory, sandbox: [] })) };
  }

  stop(): void {
    this.#children.stop();
    this.#root[Symbol.dispose]();
  }
}

export interface UnsandboxedOptions {
  readonly store: Store;
  readonly jobserver: JobPipe | undefined;
  readonly repositoryRoot: string;
  /** The user's `PATH`, after the fixed one: without a sandbox, tools are where the user has them. */
  readonly searchPath: string;
  readonly timeoutMs: number | undefined;
  readonly now: () => number;
}
