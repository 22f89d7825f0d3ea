import { resolve } from 'node:path';
import { paintFor, type Paint } from '../../diagnostics/paint.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import type { AffectedNode, Cause } from '../../explain/causes.ts';
import { differenceText } from '../../explain/difference.ts';
import { type Comparison, explainWhy, type Side, type Why, type WhyRequest } from '../../explain/why.ts';
import type { UnreadChange } from '../../explain/unread-changes.ts';
import { formatAge } from '../age.ts';
import type { ExitStatus } from '../exit-status.ts';
import { jsonDocument } from '../json-report.ts';
import { reportFailure } from '../run-command.ts';
import type { WhySettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { count } from '../view/words.ts';
import { buildRequest } from './build.ts';

export interface WhyCommand {
  /** As typed. */
  readonly target: string;
  readonly settings: WhySettings;
  readonly forecastNix: WhyRequest['forecastNix'];
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** `ferrule why`. */
export async function whyCommand({ target, settings, forecastNix, terminal, environment, signal, now }: WhyCommand): Promise<ExitStatus> {
  const { against, revision, build, cached, verbose } = settings;
  if (against !== undefined && revision !== undefined) return reportFailure([BOTH], { terminal, ...settings });
  const request = { ...buildRequest(build), environment, sink: () => undefined, signal, now };
  const explained = await explainWhy({ target, against: comparedWith(settings), forecastNix, build: request });
  if (signal.aborted) return 130;
  if (!explained.ok) return reportFailure(explained.diagnostics, { terminal, ...settings });
  const words = { paint: paintFor(terminal.colour.out), now: now(), most: verbose ? Infinity : MOST_CAUSES };
  if (settings.json) terminal.out(jsonWhy(explained.value));
  else terminal.out(`${cached ? cachedText(explained.value, words) : whyText(explained.value, words)}\n`);
  return 0;
}

function comparedWith({ against, revision, directory }: WhySettings): WhyRequest['against'] {
  if (against !== undefined) return { kind: 'run', written: against, path: resolve(directory, against) };
  return revision === undefined ? undefined : { kind: 'revision', revision };
}

const BOTH = {
  code: 'F1085',
  severity: 'error',
  blame: 'input',
  message: '`--against` and `--revision` name two things to compare with',
  hints: ['give one of them'],
} as const;

/** Causes that are listed without `-v`. */
const MOST_CAUSES = 12;

interface Words {
  readonly paint: Paint;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly most: number;
}

function whyText({ subject, now, last, unread }: Why, words: Words): string {
  const name = words.paint('strong', subject.text);
  if (now.explanation.affected.length > 0) return `${name}: ${effectsText(now, words)}\n\n${causesText(now, words)}`;
  const unchanged = `${name}: nothing has changed since ${sideText(now.before, words)}${unreadText(unread)}`;
  if (last === undefined) return unchanged;
  const ran = last.explanation.affected.filter(({ effect }) => effect !== 'reused').length;
  const changed = last.explanation.affected.length - ran;
  const before = last.before.kind === 'run' && last.before.run === '' ? '' : `, compared with ${sideText(last.before, words)}`;
  if (ran + changed === 0) return `${unchanged}\nthat run built nothing of it: nothing had changed then either${before}`;
  const taken = changed === 0 ? '' : ` and took ${count(changed, 'changed one', 'changed ones')} from the store`;
  return `${unchanged}\nthat run built ${ran} of ${count(last.explanation.total, 'unit')}${taken}${before}:\n\n${causesText(last, words)}`;
}

function cachedText({ subject, now, unread }: Why, words: Words): string {
  const { affected, total } = now.explanation;
  const name = words.paint('strong', subject.text);
  const since = sideText(now.before, words);
  if (affected.some(({ effect }) => effect !== 'reused')) return `${name}: ${effectsText(now, words)}\n\n${causesText(now, words)}`;
  if (affected.length > 0) {
    const reason = `${affected.length} of ${count(total, 'unit')} changed since ${since}, to what was built before: their results are in the store`;
    return `${name}: nothing has to run\n${reason}\n\n${causesText(now, words)}`;
  }
  const reason = `all ${count(total, 'unit')} have the keys they had in ${since}: same files, flags, variables, toolchain and dependencies`;
  return `${name}: nothing has to run\n${reason}${unreadText(unread)}`;
}

/** What follows from the differences for the units. */
function effectsText({ explanation, before }: Comparison, words: Words): string {
  const { affected, total } = explanation;
  const number = (effect: AffectedNode['effect']): number => affected.filter((node) => node.effect === effect).length;
  const parts = [
    ...(number('runs') > 0 ? [`${number('runs')} must run`] : []),
    ...(number('may-run') > 0 ? [`${number('may-run')} may, if what they are built from comes out different`] : []),
    ...(number('reused') > 0 ? [`${number('reused')} changed to what is in the store`] : []),
    ...(number('failed') > 0 ? [`${number('failed')} cannot be told`] : []),
  ];
  return `since ${sideText(before, words)}, of ${count(total, 'unit')} ${parts.join(', ')}`;
}

function causesText({ explanation, assumed }: Comparison, { paint, most }: Words): string {
  const { causes } = explanation;
  const shown = causes.slice(0, most).map((cause) => `  ${causeText(cause, paint)}`);
  const hidden = causes.length - shown.length;
  return [
    ...(causes.length === 0 ? ['  what it comes from is not known before more is built'] : shown),
    ...(hidden > 0 ? [`  … and ${hidden} more (\`-v\` lists them)`] : []),
    ...(assumed.length === 0 ? [] : ['', assumedText(assumed.length)]),
  ].join('\n');
}

function assumedText(number: number): string {
  const were = number === 1 ? 'was' : 'were';
  return `${count(number, 'unit')} of that revision ${were} never built here: what stands on them is compared as if they had come out as in the last run`;
}

function causeText({ difference, chain, reachesTarget, touches }: Cause, paint: Paint): string {
  const further = touches.length - 1;
  const notes = [
    ...(further > 0 ? [`and in ${count(further, 'other unit')}`] : []),
    ...(reachesTarget ? [] : ['came out the same: nothing behind it ran']),
  ];
  const way = printable(['', ...chain].join(' → '));
  return `${paint('strong', printable(differenceText(difference)))}${way}${notes.length === 0 ? '' : paint('faint', ` (${notes.join('; ')})`)}`;
}

function sideText(side: Side, { now }: Words): string {
  switch (side.kind) {
    case 'checkout':
      return 'the checkout as it is';
    case 'revision':
      return `revision ${side.revision} (${side.commit.slice(0, 10)})`;
    case 'run':
      return `${side.ok ? '' : 'the failed '}${side.purpose === 'check' ? 'check' : 'run'} ${side.run}, ${formatAge(now - side.startedAt)}`;
  }
}

function unreadText(unread: readonly UnreadChange[]): string {
  if (unread.length === 0) return '';
  const reasons = { same: 'its content is what it was', unread: 'no unit reads it' } as const;
  const shown = unread.slice(0, MOST_CAUSES).map(({ path, because }) => `\n  ${printable(path)}: ${reasons[because]}`);
  const hidden = unread.length - shown.length;
  return `\nfiles written since then that do not count:${shown.join('')}${hidden > 0 ? `\n  … and ${hidden} more` : ''}`;
}

/** Keys and their meaning are a contract: `docs/why.md`. */
function jsonWhy({ subject, now, last, unread }: Why): string {
  return jsonDocument({
    ok: true,
    target: subject.text,
    ...jsonComparison(now),
    ...(last === undefined ? {} : { last_run: jsonComparison(last) }),
    unread: unread.map(({ path, because }) => ({ path, because })),
    diagnostics: [],
  });
}

function jsonComparison({ before, after, explanation, assumed }: Comparison): object {
  return {
    before: jsonSide(before),
    after: jsonSide(after),
    units: explanation.total,
    affected: explanation.affected,
    causes: explanation.causes.map(({ difference, chain, reachesTarget, touches }) => ({
      text: differenceText(difference),
      ...difference,
      chain,
      reaches_target: reachesTarget,
      touches,
    })),
    assumed,
  };
}

function jsonSide(side: Side): object {
  if (side.kind !== 'run') return side;
  const { kind, run, purpose, startedAt, ok } = side;
  return run === '' ? { kind: 'nothing' } : { kind, run, purpose, started_at: startedAt, ok };
}
