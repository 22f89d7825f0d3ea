import { generateWorkspace } from '../generated-workspace.ts';
import type { Lab } from '../lab.ts';
import { measure } from '../measure.ts';
import type { Observation } from '../observed-build.ts';
import { fetchProgram, RIPGREP } from '../programs.ts';
import { row, type Row, type Scenario } from '../scenario.ts';
import { coldCargo, coldFerrule } from './cold.ts';

const SIZES = [50, 300, 1000] as const;

export const OWN_TIME: Scenario = {
  name: 'own-time',
  title: "Ferrule's own time and memory",
  run: async (lab) => await ownRows(lab, 'ripgrep', await fetchProgram(lab, RIPGREP)),
};

export const GROWTH: Scenario = {
  name: 'growth',
  title: 'growth with the number of units (generated workspaces)',
  run: async (lab, { rounds }) => {
    const rows: Row[] = [];
    for (const size of SIZES) {
      const source = await generateWorkspace(lab, size);
      rows.push(...(await grownRows(lab, { what: `${size} units`, source, rounds })), ...(await ownRows(lab, `${size} units`, source)));
    }
    return rows;
  },
};

async function grownRows(
  lab: Lab,
  { what, source, rounds }: { readonly what: string; readonly source: string; readonly rounds: number },
): Promise<readonly Row[]> {
  lab.say(`${what}: cold and unchanged`);
  const cold = await measure({ rounds: 1, warmUps: 0, contenders: [coldFerrule(lab, source), coldCargo(lab, source)] });
  const ours = lab.clone(source, 'ferrule');
  const theirs = lab.clone(source, 'cargo');
  const store = lab.newPath('store');
  const ferrule = async (...words: readonly string[]): Promise<unknown> =>
    await lab.ferrule({ directory: ours, store, arguments: ['build', ...words] });
  const cargo = async (): Promise<unknown> => await lab.cargo({ directory: theirs, arguments: ['build', '--release'] });
  await ferrule();
  await cargo();
  const contenders = [
    { name: 'again', run: async () => await ferrule() },
    { name: 'looked up', run: async () => await ferrule('--keep-sandbox') },
    { name: 'cargo', run: cargo },
  ];
  const unchanged = await measure({ rounds: rounds * 3, warmUps: 3, contenders });
  const compare = (label: string, values: readonly number[], other: readonly number[]): Row =>
    row({ what: `${what}, ${label}`, ferrule: values, against: { name: 'cargo build', values: other } });
  return [
    compare('cold', cold.of('ferrule'), cold.of('cargo')),
    compare('nothing changed', unchanged.of('again'), unchanged.of('cargo')),
    compare('every unit looked up', unchanged.of('looked up'), unchanged.of('cargo')),
  ];
}

/** One cold build on one job, and one with everything looked up, watched from inside. */
async function ownRows(lab: Lab, what: string, source: string): Promise<readonly Row[]> {
  lab.say(`${what}: one job, watched`);
  const store = lab.newPath('store');
  const directory = lab.clone(source, 'watched');
  const cold = observation((await lab.observe({ directory, store, jobs: 1 })).stdout);
  const again = observation((await lab.observe({ directory, store, jobs: 1 })).stdout);
  const running = (cold.stages.run ?? 0) - cold.processes;
  return [
    row({ what: `${what}, planned by cargo`, ferrule: [planning(cold)] }),
    row({ what: `${what}, plan recalled`, ferrule: [planning(again)] }),
    row({
      what: `${what}, own time per action`,
      ferrule: [running / cold.executed],
      note: `${cold.executed} actions, wall time of the run stage less what their processes took, sandboxes included in those`,
    }),
    row({ what: `${what}, look-up per action`, ferrule: [(again.stages.run ?? 0) / again.actions] }),
    row({ what: `${what}, peak memory`, unit: 'MiB', ferrule: [cold.peakMiB], note: `${again.peakMiB.toFixed(0)} MiB when nothing runs` }),
  ];
}

/** Milliseconds before the first action is looked at. */
function planning({ stages }: Observation): number {
  return (stages.discover ?? 0) + (stages.plan ?? 0);
}

/** `observed-build.ts` printed it: the two are bundled together. */
function observation(text: string): Observation {
  return JSON.parse(text);
}
