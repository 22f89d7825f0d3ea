import { lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Output } from '../../model/action.ts';
import type { Digest } from '../../model/digest.ts';
import { compareBytes } from '../../model/wire.ts';
import type { Store } from '../../store/store.ts';
import { TreeRefused } from '../../store/tree-refused.ts';
import { type ChildResult, MOST_OUTPUT } from './child.ts';
import { bringLinksHome, type RootView } from './outside-links.ts';
import { removeToolLogs } from './tool-logs.ts';

/** The file of a rustc artifact notification of `--json=artifacts`, or `undefined` for any other line. */
export function artifactPath(line: string): string | undefined {
  if (!line.startsWith('{"$message_type":"artifact"')) return undefined;
  const message: unknown = JSON.parse(line);
  if (typeof message !== 'object' || message === null || !('artifact' in message) || !('emit' in message)) return undefined;
  return message.emit === 'metadata' && typeof message.artifact === 'string' ? message.artifact : undefined;
}

/** What an action left, and where. */
interface LeftOutputs {
  readonly store: Store;
  readonly paths: readonly string[];
  /** Where an output lies on this machine. */
  readonly absolute: (path: string) => string;
  readonly view: RootView;
}

/** Takes what the action left of its declared outputs into the store. */
export function collectOutputs(options: LeftOutputs & { readonly label: string }): Result<readonly Output[]> {
  try {
    return ok(takeOutputs(options));
  } catch (error) {
    if (error instanceof TreeRefused) return fail(refusedOutput(options.label, error));
    throw error;
  }
}

function takeOutputs(options: LeftOutputs): readonly Output[] {
  const { store, paths } = options;
  const outputs: Output[] = [];
  for (const path of paths.toSorted(compareBytes)) {
    const absolute = options.absolute(path);
    const state = lstatSync(absolute, { throwIfNoEntry: false });
    if (state === undefined) continue;
    if (state.isDirectory()) outputs.push({ kind: 'tree', path, digest: takeDirectory(options, { path, absolute }) });
    else if (state.isFile()) {
      const executable = (state.mode & 0o111) !== 0;
      outputs.push({ kind: 'file', path, executable, digest: store.takeFile(absolute, { executable }) });
    }
  }
  return outputs;
}

/** Only a directory with a link that leaves it is looked through for such links. */
function takeDirectory({ store, view }: LeftOutputs, directory: { readonly path: string; readonly absolute: string }): Digest {
  removeToolLogs(directory.absolute);
  try {
    return store.takeTree(directory.absolute);
  } catch (error) {
    if (!(error instanceof TreeRefused && (error.refusal === 'absolute-symlink' || error.refusal === 'symlink-leaves-tree'))) throw error;
    bringLinksHome({ directory: directory.absolute, path: view.pathOf(directory.path), view });
    return store.takeTree(directory.absolute);
  }
}

/** Why an action that was started did not come to an end of its own. `undefined`: it did, well or badly. */
export function cutShort(
  child: ChildResult,
  action: { readonly label: string; readonly timeoutMs: number | undefined },
): Diagnostic | undefined {
  const { label, timeoutMs } = action;
  if (child.killed === 'timeout') return tookTooLong(label, timeoutMs ?? 0);
  if (child.killed === 'output') return printedTooMuch(label);
  return child.exitCode === KILLED ? wasKilled(label) : undefined;
}

/** Exit status of what SIGKILL ended. */
const KILLED = 128 + constants.signals.SIGKILL;

function printedTooMuch(label: string): Diagnostic {
  return {
    code: 'F0507',
    severity: 'error',
    blame: 'build',
    message: `${label} printed more than ${MOST_OUTPUT >> 20} MiB and was stopped`,
    hints: ['look at what it prints with `--keep-sandbox`'],
  };
}

function wasKilled(label: string): Diagnostic {
  return {
    code: 'F0508',
    severity: 'error',
    blame: 'infrastructure',
    message: `${label} was killed by the system (signal 9)`,
    hints: ['usually memory has run out: use a smaller `-j`, or a profile that needs less (`lto`, `codegen-units`)'],
  };
}

/** What a script leaves in OUT_DIR has to be whole in itself: a link out of it would mean something else on another machine. */
function refusedOutput(label: string, { path, refusal, target }: TreeRefused): Diagnostic {
  return {
    code: 'F0506',
    severity: 'error',
    blame: 'build',
    message: `${label} left \`${path}\` among its outputs, which cannot be kept`,
    facts: [['reason', refusal], ...(target === undefined || target === '' ? [] : [['target', target] as const])],
    hints: ['outputs are files, directories, and links that stay among them: copy what a link outside points to'],
  };
}

/** bubblewrap says `bwrap: …` and exits with 1 when it cannot build the sandbox. */
export function sandboxFailure(child: ChildResult): Diagnostic | undefined {
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

export function cannotStart(program: string, reason: string): Diagnostic {
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

/** Garbage collection or a deletion by hand took it between lookup and use. */
export function missingInput(path: string): Diagnostic {
  return {
    code: 'F0501',
    severity: 'error',
    blame: 'infrastructure',
    message: `input \`/${path}\` is no longer in the store`,
    hints: ['run the command again: what is missing is built again', 'run `ferrule store verify --repair` if it happens again'],
  };
}
