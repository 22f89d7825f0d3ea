import { realpathSync } from 'node:fs';
import * as v from 'valibot';

import type { Store } from '../../store/store.ts';
import type { InstalledInterpreter, Interpreter, PythonPlatform } from '../interpreter.ts';
import type { ProcessRunner } from '../../rust/cargo/process.ts';
import { PROBE_SCRIPT } from './probe-script.ts';
import { isUnchanged, stampOf } from './stamp.ts';

export interface ProbeRequest {
  /** Absolute path of something that may be a Python. */
  readonly program: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly run: ProcessRunner;
  readonly store: Pick<Store, 'getNote' | 'putNote'>;
}

export type Probe = { readonly ok: true; readonly installed: InstalledInterpreter } | { readonly ok: false; readonly reason: string };

const NOTES = 'python-interpreter';

/** Raised when the script asks something else. */
const FORMAT = 1;

/**
 * Asks a program what Python it is. The answer is kept as a note for as long as the program, its `libpython` and the C library look
 * the same, so a second run starts no process. Programs that start another one, as shims do, are asked every time.
 */
export async function probe(request: ProbeRequest): Promise<Probe> {
  const real = realpathSync(request.program);
  const noteKey = JSON.stringify([FORMAT, real]);
  const remembered = recall(request.store, noteKey);
  if (remembered !== undefined) return { ok: true, installed: remembered };
  const { run, directory, environment } = request;
  const { PYTHONHOME: _home, PYTHONPATH: _path, ...clean } = environment;
  const outcome = await run({ program: request.program, arguments: ['-I', '-S', '-c', PROBE_SCRIPT], environment: clean, directory });
  if (outcome.exitCode !== 0) return { ok: false, reason: lastLine(outcome.stderr) ?? 'it does not run' };
  const answer = parseAnswer(outcome.stdout);
  if (answer === undefined) return { ok: false, reason: 'it does not answer as a Python does' };
  const installed = installedOf(answer);
  if (installed === undefined)
    return { ok: false, reason: `its implementation or platform is unknown (${answer.implementation}, ${answer.markers.sys_platform})` };
  if (answer.executable === real) {
    const stamps = [real, ...answer.mapped].map((path) => [path, stampOf(path)] as const);
    request.store.putNote(NOTES, noteKey, JSON.stringify({ answer, stamps }));
  }
  return { ok: true, installed };
}

const ANSWER = v.object({
  executable: v.string(),
  prefix: v.string(),
  implementation: v.string(),
  version: v.tuple([v.number(), v.number(), v.number()]),
  fullVersion: v.string(),
  freeThreaded: v.boolean(),
  debug: v.boolean(),
  pointerWidth: v.picklist([32, 64]),
  machine: v.string(),
  libc: v.nullable(v.tuple([v.picklist(['glibc', 'musl']), v.string()])),
  macos: v.nullable(v.string()),
  extensionSuffix: v.string(),
  /** Shared objects that are part of what the interpreter is. */
  mapped: v.array(v.string()),
  markers: v.object({
    implementation_name: v.string(),
    implementation_version: v.string(),
    os_name: v.string(),
    platform_machine: v.string(),
    platform_python_implementation: v.string(),
    platform_system: v.string(),
    python_full_version: v.string(),
    python_version: v.string(),
    sys_platform: v.string(),
  }),
});

type Answer = v.InferOutput<typeof ANSWER>;

const NOTE = v.object({ answer: ANSWER, stamps: v.array(v.tuple([v.string(), v.string()])) });

function recall(store: ProbeRequest['store'], noteKey: string): InstalledInterpreter | undefined {
  const note = v.safeParse(NOTE, parseJson(store.getNote(NOTES, noteKey) ?? ''));
  return note.success && isUnchanged(note.output.stamps) ? installedOf(note.output.answer) : undefined;
}

function parseAnswer(text: string): Answer | undefined {
  const answer = v.safeParse(ANSWER, parseJson(text));
  return answer.success ? answer.output : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Something else printed it.
    return undefined;
  }
}

function installedOf(answer: Answer): InstalledInterpreter | undefined {
  const platform = platformOf(answer);
  const implementation = IMPLEMENTATIONS.find((name) => name === answer.implementation);
  if (platform === undefined || implementation === undefined) return undefined;
  const [major, minor, micro] = answer.version;
  const interpreter: Interpreter = {
    implementation,
    version: { major, minor, micro, full: answer.fullVersion },
    freeThreaded: answer.freeThreaded,
    debug: answer.debug,
    pointerWidth: answer.pointerWidth,
    platform,
    // The kernel's release and build say nothing of the Python, would put the machine into keys, and are empty where uv resolves for another platform.
    markers: { ...answer.markers, platform_release: '', platform_version: '' },
    extensionSuffix: answer.extensionSuffix,
  };
  return { interpreter, executable: answer.executable, prefix: answer.prefix };
}

const IMPLEMENTATIONS = ['cpython', 'pypy', 'graalpy'] as const;

function platformOf({ libc, macos, machine }: Answer): PythonPlatform | undefined {
  const [major = 0, minor = 0] = (macos ?? libc?.[1] ?? '').split('.').map(Number);
  if (macos !== null) return { os: 'macos', arch: machine, major, minor };
  return libc === null ? undefined : { os: 'linux', arch: machine, libc: { kind: libc[0], major, minor } };
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1) || undefined;
}
