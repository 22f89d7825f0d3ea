import { paintFor, type Paint } from '../../diagnostics/paint.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import { type Cone, type ConePackage, targetCone } from '../../explain/cone.ts';
import { coneDot } from '../../explain/cone-dot.ts';
import type { LockShare } from '../../explain/lock-share.ts';
import { formatBytes } from '../byte-size.ts';
import { formatDuration } from '../duration.ts';
import type { ExitStatus } from '../exit-status.ts';
import { jsonDocument } from '../json-report.ts';
import { reportFailure } from '../run-command.ts';
import type { GraphSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { count } from '../view/words.ts';
import { buildRequest } from './build.ts';

export interface GraphCommand {
  /** As typed. */
  readonly target: string;
  readonly settings: GraphSettings;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** `ferrule graph`. */
export async function graphCommand({ target, settings, terminal, environment, signal, now }: GraphCommand): Promise<ExitStatus> {
  const { build, dot, json, verbose } = settings;
  const cone = await targetCone({ target, build: { ...buildRequest(build), environment, sink: () => undefined, signal, now } });
  if (signal.aborted) return 130;
  if (!cone.ok) return reportFailure(cone.diagnostics, { terminal, ...settings });
  if (json) terminal.out(jsonCone(cone.value));
  else if (dot) terminal.out(coneDot(cone.value));
  else terminal.out(coneText(cone.value, { paint: paintFor(terminal.colour.out), most: verbose ? Infinity : MOST_NAMES }));
  return 0;
}

/** Names that a list shows without `-v`. */
const MOST_NAMES = 10;

interface Words {
  readonly paint: Paint;
  readonly most: number;
}

function coneText(cone: Cone, words: Words): string {
  const { target, units, packages, repositories, machine, lacking, downloadBytes, builtBytes } = cone;
  const { paint } = words;
  const number = (...kinds: readonly ConePackage['kind'][]): number => packages.filter(({ kind }) => kinds.includes(kind)).length;
  const rows: readonly (readonly [label: string, value: string])[] = [
    ['of the repository', kindText(number('workspace', 'built'), 'package')],
    ['crates', kindText(number('registry'), 'crate')],
    ['from git', repositories.length === 0 ? '' : `${count(number('git'), 'crate')} of ${listed(repositories, words.most)}`],
    ['wheels', kindText(number('wheel'), 'wheel')],
    ['of the machine', listed(machine, words.most)],
    ['missing', lacking.length === 0 ? '' : `what ${listed(lacking, words.most)} needs: build it to be told what`],
    ['to download', downloadBytes === 0 ? '' : formatBytes(downloadBytes)],
    ['compiled', builtBytes === undefined ? '' : formatBytes(builtBytes)],
    ['time', timeText(cone)],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([label]) => label.length));
  return [
    `${paint('strong', target)}: ${count(units, 'unit')} of ${count(packages.length, 'package')}`,
    ...shown.map(([label, value]) => `  ${paint('faint', label.padEnd(width))}  ${printable(value)}`),
    ...slowestLines(packages, words),
    ...cone.locks.flatMap((lock) => lockLines(lock, words)),
    '',
  ].join('\n');
}

function kindText(number: number, noun: string): string {
  return number === 0 ? '' : count(number, noun);
}

function timeText({ workMs, chainMs, unmeasured, units }: Cone): string {
  if (unmeasured === units) return 'not known: it was never built here';
  const rest = unmeasured === 0 ? '' : `; ${count(unmeasured, 'unit')} never ran here`;
  return `${formatDuration(workMs)} of work, at best ${formatDuration(chainMs)} (when each last ran${rest})`;
}

function slowestLines(packages: readonly ConePackage[], { paint, most }: Words): readonly string[] {
  const slowest = packages
    .filter(({ elapsedMs }) => (elapsedMs ?? 0) > 0)
    .toSorted((left, right) => (right.elapsedMs ?? 0) - (left.elapsedMs ?? 0))
    .slice(0, Math.min(most, MOST_NAMES));
  if (slowest.length === 0) return [];
  const times = slowest.map(({ elapsedMs }) => formatDuration(elapsedMs ?? 0));
  const width = Math.max(...times.map((time) => time.length));
  const lines = slowest.map(
    ({ name, version }, at) => `  ${(times[at] ?? '').padStart(width)}  ${printable(`${name} ${version ?? ''}`.trim())}`,
  );
  return ['', paint('strong', 'longest'), ...lines];
}

function lockLines({ file, locked, needed, spared }: LockShare, { paint, most }: Words): readonly string[] {
  const head = `${paint('strong', printable(file))}: ${needed} of ${locked} locked packages are needed`;
  return spared.length === 0 ? ['', head] : ['', head, `  ${paint('faint', 'not needed:')} ${printable(listed(spared, most))}`];
}

function listed(names: readonly string[], most: number): string {
  const hidden = names.length - most;
  return hidden > 0 ? `${names.slice(0, most).join(', ')} and ${hidden} more` : names.join(', ');
}

/** Keys and their meaning are a contract: `docs/graph.md`. */
function jsonCone(cone: Cone): string {
  return jsonDocument({
    ok: true,
    target: cone.target,
    units: cone.units,
    packages: cone.packages.map(({ name, version, kind, units, elapsedMs, bytes, dependencies }) => ({
      name,
      ...(version === undefined ? {} : { version }),
      kind,
      units,
      ...(elapsedMs === undefined ? {} : { elapsed_ms: elapsedMs }),
      ...(bytes === undefined ? {} : { bytes }),
      dependencies,
    })),
    repositories: cone.repositories,
    machine: cone.machine,
    lacking: cone.lacking,
    download_bytes: cone.downloadBytes,
    ...(cone.builtBytes === undefined ? {} : { built_bytes: cone.builtBytes }),
    work_ms: cone.workMs,
    chain_ms: cone.chainMs,
    unmeasured: cone.unmeasured,
    locks: cone.locks,
    diagnostics: [],
  });
}
