import { type Paint, paintFor, type Tone } from '../../diagnostics/paint.ts';
import { positionOf } from '../../diagnostics/position.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import { breaksPolicy, compareLocks, type LockComparison } from '../../plan/compare-locks.ts';
import type { Consumer, SharedDependency, SharedVersion } from '../../python/lock/skew.ts';
import type { ExitStatus } from '../exit-status.ts';
import { jsonDocument } from '../json-report.ts';
import { reportFailure } from '../run-command.ts';
import type { LocksSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface LocksCommand {
  readonly settings: LocksSettings;
  readonly terminal: Terminal;
}

/** `ferrule locks`: shared dependencies that are locked at different versions, and whether that can be put right. With `--check`, status 1 where it breaks the policy. */
export async function locksCommand({ settings, terminal }: LocksCommand): Promise<ExitStatus> {
  const compared = await compareLocks(settings.directory);
  if (!compared.ok) return reportFailure(compared.diagnostics, { terminal, ...settings });
  const { shared, policy } = compared.value;
  const broken = shared.filter((dependency) => breaksPolicy(dependency, policy));
  const ok = !settings.check || broken.length === 0;
  if (settings.json) terminal.out(jsonComparison(compared.value, ok));
  else if (!settings.quiet) terminal.out(comparisonText(compared.value, { all: settings.all, paint: paintFor(terminal.colour.out) }));
  return ok ? 0 : 1;
}

const VERDICTS: Readonly<Record<SharedDependency['verdict'], readonly [tone: Tone, words: string]>> = {
  same: ['good', 'the same everywhere'],
  compatible: ['warning', 'different, and one version would suit all'],
  conflicting: ['error', 'different, and no version suits all'],
};

function comparisonText({ members, shared }: LockComparison, options: { readonly all: boolean; readonly paint: Paint }): string {
  const { all, paint } = options;
  const shown = shared.filter(({ verdict }) => all || verdict !== 'same');
  const count = (verdict: SharedDependency['verdict']): number => shared.filter((dependency) => dependency.verdict === verdict).length;
  const summary =
    members.length < 2
      ? `${members.length === 0 ? 'no' : 'one'} Python member: nothing to compare`
      : `${members.length} locks share ${shared.length} dependencies: ${count('same')} the same, ${count('compatible')} different but compatible, ${count('conflicting')} in conflict`;
  return `${shown.map((dependency) => `${dependencyText(dependency, paint)}\n`).join('')}${summary}\n`;
}

function dependencyText({ name, verdict, versions, environments }: SharedDependency, paint: Paint): string {
  const [tone, words] = VERDICTS[verdict];
  const width = Math.max(...versions.map(({ version }) => version.length));
  return [
    `${paint('strong', printable(name))}: ${paint(tone, words)}`,
    ...versions.flatMap((version) => versionLines(version, { width, paint })),
    ...(environments.length === 0 ? [] : [paint('faint', `  in ${environments.join(', ')}`)]),
    '',
  ].join('\n');
}

function versionLines(
  { version, lockedBy, rejectedBy }: SharedVersion,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const places = lockedBy.map(({ member, span }) => {
    const place = span();
    return `${member} ${paint('faint', `(${place.file}:${positionOf(place).line})`)}`;
  });
  return [
    `  ${printable(version).padEnd(width)}  ${places.join(', ')}`,
    ...rejectedBy.map((consumer) => `  ${' '.repeat(width)}  ${paint('error', 'not for')} ${consumerText(consumer)}`),
  ];
}

function consumerText({ project, within, specifier, span }: Consumer): string {
  const place = span();
  return `${project}${within === undefined ? '' : ` (${within})`}, which asks for ${specifier} (${place.file}:${positionOf(place).line})`;
}

function jsonComparison({ members, shared, policy }: LockComparison, ok: boolean): string {
  return jsonDocument({
    ok,
    policy,
    members,
    shared: shared.map(({ name, verdict, versions, consumers, environments }) => ({
      name,
      verdict,
      versions: versions.map(({ version, lockedBy, rejectedBy }) => ({
        version,
        locked_by: lockedBy.map(({ member }) => member),
        rejected_by: rejectedBy.map(consumerObject),
      })),
      consumers: consumers.map(consumerObject),
      environments,
    })),
    diagnostics: [],
  });
}

function consumerObject({ member, project, within, specifier, marker }: Consumer): object {
  return { member, project, ...(within === undefined ? {} : { within }), specifier, ...(marker === undefined ? {} : { marker }) };
}
