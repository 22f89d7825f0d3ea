import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ActionResult, Output } from '../../model/action.ts';
import { compareBytes } from '../../model/wire.ts';
import type { Scratch, Store } from '../../store/store.ts';
import type { Engine, RunRequest } from '../engine.ts';
import { type Jobserver, JOBSERVER_ENVIRONMENT } from '../jobserver.ts';
import { bubblewrapArguments, findHostDirectories, type HostDirectories } from './bubblewrap.ts';
import { Children, type ChildResult } from './child.ts';
import { prepareRoot } from './mounts.ts';

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
  readonly #options: LocalEngineOptions;
  readonly #children = new Children();
  readonly #scratches = new Set<Scratch>();
  #host: HostDirectories | undefined;

  constructor(options: LocalEngineOptions) {
    this.#options = options;
  }

  async run(request: RunRequest): Promise<Result<ActionResult>> {
    const scratch = this.#options.store.scratch();
    this.#scratches.add(scratch);
    let keep = false;
    try {
      const result = await this.#runIn(scratch.path, request);
      keep = request.keepSandbox && (!result.ok || result.value.exitCode !== 0);
      if (keep) request.onSandboxKept?.(scratch.path);
      return result;
    } finally {
      this.#scratches.delete(scratch);
      if (!keep) scratch.dispose();
    }
  }

  stop(): void {
    this.#children.stop();
    for (const scratch of this.#scratches) scratch.dispose();
    this.#scratches.clear();
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
    return ok({
      exitCode: child.exitCode ?? 128,
      outputs: child.exitCode === 0 ? collectOutputs({ store, directory, paths: action.command.outputs }) : [],
      stdout: store.putBlob(child.stdout),
      stderr: store.putBlob(withSignal(child)),
      elapsedMs: Math.round(now() - start),
    });
  }
}

/** The file of a rustc artifact notification of `--json=artifacts`, or `undefined` for any other line. */
export function artifactPath(line: string): string | undefined {
  if (!line.startsWith('{"$message_type":"artifact"')) return undefined;
  const message: unknown = JSON.parse(line);
  if (typeof message !== 'object' || message === null || !('artifact' in message) || !('emit' in message)) return undefined;
  return message.emit === 'metadata' && typeof message.artifact === 'string' ? message.artifact : undefined;
}

function collectOutputs(options: { readonly store: Store; readonly directory: string; readonly paths: readonly string[] }): readonly Output[] {
  const { store, directory, paths } = options;
  const outputs: Output[] = [];
  for (const path of paths.toSorted(compareBytes)) {
    const absolute = join(directory, path);
    const state = lstatSync(absolute, { throwIfNoEntry: false });
    if (state === undefined) continue;
    if (state.isDirectory()) outputs.push({ kind: 'tree', path, digest: store.takeTree(absolute) });
    else if (state.isFile()) {
      const executable = (state.mode & 0o111) !== 0;
      outputs.push({ kind: 'file', path, executable, digest: store.takeFile(absolute, { executable }) });
    }
  }
  return outputs;
}

function withSignal(child: ChildResult): Buffer {
  if (child.exitCode !== undefined) return child.stderr;
  return Buffer.concat([child.stderr, Buffer.from(`process ended by ${child.signal ?? 'a signal'}\n`)]);
}

/** bubblewrap says `bwrap: …` and exits with 1 when it cannot build the sandbox. */
function sandboxFailure(child: ChildResult): Diagnostic | undefined {
  if (child.exitCode !== 1 || !child.stderr.subarray(0, 7).equals(Buffer.from('bwrap: '))) return undefined;
  return {
    code: 'F0502',
    severity: 'error',
    blame: 'infrastructure',
    message: 'the sandbox could not be set up',
    output: child.stderr.toString('utf8'),
    hints: ['run with `--sandbox off` to build without isolation; such results are never shared'],
  };
}

function cannotStart(program: string, reason: string): Diagnostic {
  return {
    code: 'F0503',
    severity: 'error',
    blame: 'infrastructure',
    message: `\`${program}\` could not be started`,
    facts: [['reason', reason]],
  };
}

function tookTooLong(label: string, timeoutMs: number): Diagnostic {
  return {
    code: 'F0504',
    severity: 'error',
    blame: 'build',
    message: `${label} did not end within ${Math.round(timeoutMs / 1000)} s and was stopped`,
    hints: ['give it more time with `--timeout SECONDS`, or look at what it waits for with `--keep-sandbox`'],
  };
}
