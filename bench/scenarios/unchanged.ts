import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkspace } from '../generated-workspace.ts';
import type { Lab } from '../lab.ts';
import { measure } from '../measure.ts';
import { fetchProgram, RIPGREP } from '../programs.ts';
import { row, type Row, type Scenario } from '../scenario.ts';

const UNITS = 300;

export const UNCHANGED: Scenario = {
  name: 'unchanged',
  title: 'nothing changed',
  run: async (lab, { rounds }) => {
    const ripgrep = await unchangedRows(lab, { what: 'ripgrep', source: await fetchProgram(lab, RIPGREP), rounds: rounds * 5 });
    const generated = await unchangedRows(lab, { what: `${UNITS} units`, source: await generateWorkspace(lab, UNITS), rounds: rounds * 5 });
    return [...ripgrep, ...generated];
  },
};

/**
 * The same command again and again. Three ways of Ferrule's: answered by its shell script from what the last such run laid out;
 * by its program, as the first time after a build; and every unit looked up, as after a change that turns out to be none
 * (`--keep-sandbox`, which does nothing when nothing fails, forbids remembered answers).
 */
async function unchangedRows(
  lab: Lab,
  { what, source, rounds }: { readonly what: string; readonly source: string; readonly rounds: number },
): Promise<readonly Row[]> {
  const store = lab.newPath('store');
  const ours = lab.clone(source, 'ferrule');
  const theirs = lab.clone(source, 'cargo');
  const ferrule = async (...words: readonly string[]): Promise<unknown> =>
    await lab.ferrule({ directory: ours, store, arguments: ['build', ...words] });
  const cargo = async (): Promise<unknown> => await lab.cargo({ directory: theirs, arguments: ['build', '--release'] });
  lab.say(`${what}: building`);
  await ferrule();
  await cargo();
  const times = await measure({
    rounds,
    warmUps: 3,
    contenders: [
      { name: 'again', run: async () => await ferrule() },
      { name: 'looked up', run: async () => await ferrule('--keep-sandbox') },
      { name: 'cargo', run: cargo },
    ],
  });
  const afterBuild = await measure({
    rounds,
    warmUps: 1,
    contenders: [{ name: 'first', prepare: () => forgetQuickAnswers(lab, store), run: async () => await ferrule() }],
  });
  const against = { name: 'cargo build', values: times.of('cargo') };
  return [
    row({ what, ferrule: times.of('again'), against, goal: { kind: 'at most', ratio: 0.5 } }),
    ...(what === 'ripgrep' ? [] : [row({ what, ferrule: times.of('again'), goal: { kind: 'below', milliseconds: 100 } })]),
    row({ what: `${what}, first time after a build`, ferrule: afterBuild.of('first'), against, goal: { kind: 'at most', ratio: 0.5 } }),
    row({ what: `${what}, every unit looked up`, ferrule: times.of('looked up'), against }),
  ];
}

/** After a build, what the shell script reads is not there yet. */
function forgetQuickAnswers(lab: Lab, store: string): void {
  const answers = join(store, 'v1/quick');
  if (statSync(answers, { throwIfNoEntry: false }) !== undefined) renameSync(answers, lab.newPath('quick'));
}
