import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { basename } from 'node:path';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { EventSink, RunEvent } from '../../src/engine/events.ts';
import type { ActionKey } from '../../src/model/action.ts';
import { runBuild } from '../../src/plan/build.ts';
import type { BuildReport } from '../../src/plan/build-report.ts';
import { type BuildRequest, NOTHING_ASKED } from '../../src/plan/build-request.ts';
import { recallRun } from '../../src/plan/remembered-run.ts';

/** What a test says about a build; everything else is as on a command line without options. */
export interface BuildOptions extends Partial<Omit<BuildRequest, 'environment' | 'sink' | 'now' | 'directory' | 'storeDirectory'>> {
  /** Absolute: where the user is. */
  readonly directory: string;
  /** Absolute. */
  readonly store: string;
  /** Added to {@link plainEnvironment}. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A finished build. */
export interface Built {
  readonly report: BuildReport;
  readonly ok: boolean;
  /** Short labels of the actions that really ran, sorted; a unit of host and target appears twice. */
  readonly executed: readonly string[];
  /** Short labels of the actions whose results were there. */
  readonly cached: readonly string[];
  /** Names of the programs that were started before the first action: `cargo`, `rustc`, `git`. */
  readonly planners: readonly string[];
  /** The answer is that of an earlier run: nothing was looked at but the stamps of files. */
  readonly remembered: boolean;
  /** Key of each finished action, by full label; those of equal labels in the order of the graph. */
  readonly keys: ReadonlyMap<string, readonly ActionKey[]>;
  readonly events: readonly RunEvent[];
}

/** What of the tester's environment a build needs to find its tools. */
export function plainEnvironment(): Readonly<Record<string, string>> {
  const names = ['PATH', 'HOME', 'CARGO_HOME', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** Builds in this process, as `ferrule build` would: what an earlier run is remembered to have answered is the answer. */
export async function build(options: BuildOptions): Promise<Built> {
  const { store, variables, ...rest } = options;
  const environment = { ...plainEnvironment(), ...variables };
  const question = JSON.stringify(rest);
  const recalled = rest.verifyDeterminism === true ? undefined : recallRun({ storeDirectory: store, question, variables: environment });
  if (recalled !== undefined) {
    const { report } = recalled;
    return { report, ok: report.ok, remembered: true, executed: [], cached: [], planners: [], keys: new Map(), events: [] };
  }
  const events: RunEvent[] = [];
  const started = watchProcesses();
  try {
    const request = requestOf(options, (event) => events.push(event));
    const report = await runBuild({ ...request, ...(rest.verifyDeterminism === true ? {} : { question }) });
    const planners = started.programs().filter((program) => program !== 'bwrap');
    return { report, ok: report.ok, remembered: false, ...actionsOf(events), planners, events };
  } finally {
    started.stop();
  }
}

/** What `ferrule build` would ask of the pipeline. */
export function requestOf({ store, variables, ...rest }: BuildOptions, sink: EventSink = () => undefined): BuildRequest {
  return {
    ...NOTHING_ASKED,
    offline: true,
    sandbox: undefined,
    signal: new AbortController().signal,
    ...rest,
    storeDirectory: store,
    environment: { ...plainEnvironment(), ...variables },
    sink,
    now: Date.now,
  };
}

/** A terminal without colours, and what was written to it. */
export function capturedTerminal(): { readonly terminal: Terminal; readonly said: () => string } {
  let text = '';
  const write = (piece: string): void => void (text += piece);
  const terminal: Terminal = {
    out: write,
    err: write,
    colour: { out: false, err: false },
    live: false,
    size: () => ({ columns: 100, rows: 24 }),
  };
  return { terminal, said: () => text };
}

/** Diagnostics of a build that should have succeeded, for the message of a failing test. */
export function complaints(built: Built): string {
  return built.report.diagnostics.map(({ code, message, output }) => `${code}: ${message}\n${output ?? ''}`).join('\n');
}

function actionsOf(events: readonly RunEvent[]): Pick<Built, 'executed' | 'cached' | 'keys'> {
  const labels = new Map(
    events.flatMap((event) => (event.type === 'graph' ? event.nodes.map((node) => [node.id, node.label] as const) : [])),
  );
  const executed: string[] = [];
  const cached: string[] = [];
  const keys = new Map<string, ActionKey[]>();
  for (const event of events) {
    if (event.type !== 'ended') continue;
    const label = labels.get(event.node) ?? '?';
    if (event.outcome.kind === 'executed') executed.push(shortLabel(label));
    if (event.outcome.kind === 'cached') cached.push(shortLabel(label));
    if (event.key !== undefined) keys.set(label, [...(keys.get(label) ?? []), event.key]);
  }
  return { executed: executed.toSorted(), cached: cached.toSorted(), keys };
}

/** `app v0.1.0 (bin "app")` as `app bin`; `scripted v0.1.0 (build script run)` as `scripted script run`; those of Python as they are. */
export function shortLabel(label: string): string {
  const match = /^(\S+) v\S+(?: \((?:build )?(.*)\))?$/.exec(label);
  if (match === null) return label;
  const [, name = '', kind = ''] = match;
  return [name, kind.replace(/ ".*"/, '')].filter((word) => word !== '').join(' ');
}

/** Node tells of every process it starts. */
function watchProcesses(): { readonly programs: () => readonly string[]; readonly stop: () => void } {
  const children: object[] = [];
  const listen = (message: unknown): void => {
    if (
      typeof message === 'object' &&
      message !== null &&
      'process' in message &&
      typeof message.process === 'object' &&
      message.process !== null
    )
      children.push(message.process);
  };
  subscribe('child_process', listen);
  return { programs: () => children.map(programOf).filter((name) => name !== ''), stop: () => unsubscribe('child_process', listen) };
}

function programOf(child: object): string {
  return 'spawnfile' in child && typeof child.spawnfile === 'string' ? basename(child.spawnfile) : '';
}

/** Runs cargo itself; what it printed on stderr. Throws when it fails. */
export function cargo(
  words: readonly string[],
  place: { readonly directory: string; readonly variables?: Readonly<Record<string, string>> },
): string {
  const environment = { ...plainEnvironment(), CARGO_TERM_COLOR: 'never', CARGO_INCREMENTAL: '0', ...place.variables };
  const done = spawnSync('cargo', words, { cwd: place.directory, env: environment, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`cargo ${words.join(' ')} failed: ${done.stderr}`);
  return done.stderr;
}

/** Waits until a run can be remembered: one that begins within 50 ms of a change could not tell a further one from it. */
export async function untilRemembered(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 80));
}
