import { element, make } from './elements.ts';
import { type Run, spanOf, workOf } from './run.ts';
import { count, duration, percent } from './words.ts';

/** The head of the page, and the numbers below it. */
export function showSummary(run: Run): void {
  const { data, units } = run;
  const { ok, purpose, startedAt, elapsedMs, request, repository, toolchains, comparedWith, title } = data;
  const state = make('span', { class: ok ? 'done' : 'failed' }, ok ? 'finished' : 'failed');
  element('kind').append(`${purpose} `, make('span', { class: 'key' }, data.run), ' ', state, ` · ${new Date(startedAt).toLocaleString()}`);
  element('title').append(title === '' ? 'Run' : title);
  const compared = comparedWith === undefined ? [] : [`compared with run ${comparedWith.run}`];
  element('about').append(make('code', {}, request), ` · ${[repository, ...toolchains, ...compared].join(' · ')}`);
  const of = (outcome: string): number => units.filter((unit) => unit.outcome === outcome).length;
  const work = workOf(units);
  const saved = units.reduce((sum, unit) => sum + (unit.savedMs ?? 0), 0);
  const numbers: readonly (readonly [label: string, value: string, note: string])[] = [
    ['Time', duration(elapsedMs), stageNote(data)],
    ['Built', of('executed').toLocaleString('en'), `of ${count(units.length, 'unit')}`],
    [
      'Reused',
      of('cached').toLocaleString('en'),
      `${percent(of('cached'), units.length)}${saved > 0 ? `, saving ${duration(saved)} of work` : ''}`,
    ],
    ...(of('failed') + of('skipped') > 0
      ? [['Failed', of('failed').toLocaleString('en'), of('skipped') === 0 ? '' : `${of('skipped')} not tried`] as const]
      : []),
    [
      'Work',
      duration(work),
      work === 0 ? 'nothing ran' : `${(work / Math.max(1, spanOf(units))).toFixed(1)} at once, of at most ${data.slots}`,
    ],
    [
      'Longest chain',
      duration(data.chainMs),
      data.chain.length === 0 ? 'nothing ran' : `${count(data.chain.length, 'unit')}, ${percent(data.chainMs, elapsedMs)} of the time`,
    ],
  ];
  element('numbers').append(
    ...numbers.map(([label, value, note]) =>
      make('div', {}, make('p', { class: 'label' }, label), make('p', { class: 'value' }, value), make('p', { class: 'note' }, note)),
    ),
  );
}

function stageNote({ stages }: Run['data']): string {
  const run = stages.find(({ stage }) => stage === 'run');
  return run === undefined ? '' : `${duration(run.at)} of it planning`;
}
