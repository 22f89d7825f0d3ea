import type { Lab } from '../lab.ts';
import { type Contender, measure } from '../measure.ts';
import { BAT, fetchProgram, type Program, RIPGREP } from '../programs.ts';
import { row, type Row, type Scenario } from '../scenario.ts';

export const COLD: Scenario = {
  name: 'cold',
  title: 'cold, one workspace (crate sources fetched, no store, no target directory)',
  run: async (lab, { rounds, full }) => {
    const rows: Row[] = [];
    for (const program of full ? [RIPGREP, BAT] : [RIPGREP]) rows.push(await coldRow(lab, program, rounds));
    return rows;
  },
};

async function coldRow(lab: Lab, program: Program, rounds: number): Promise<Row> {
  const source = await fetchProgram(lab, program);
  lab.say(`${program.name}: ${rounds + 1} rounds of both`);
  const contenders = [coldFerrule(lab, source), coldCargo(lab, source)];
  const times = await measure({ rounds, warmUps: 1, contenders });
  const against = { name: 'cargo build', values: times.of('cargo') };
  return row({ what: program.name, ferrule: times.of('ferrule'), against, goal: { kind: 'at most', ratio: 1 } });
}

/** `ferrule build`, or another command, in a fresh copy with a new store each time. */
export function coldFerrule(lab: Lab, source: string, command = 'build'): Contender {
  let directory = '';
  return {
    name: 'ferrule',
    prepare: () => {
      directory = lab.clone(source, 'ferrule');
    },
    run: async () => await lab.ferrule({ directory, store: lab.newPath('store'), arguments: [command] }),
  };
}

/** `cargo build --release` of a fresh copy, whose target directory is new each time. */
export function coldCargo(lab: Lab, source: string): Contender {
  let directory = '';
  return {
    name: 'cargo',
    prepare: () => {
      directory = lab.clone(source, 'cargo');
    },
    run: async () => await lab.cargo({ directory, arguments: ['build', '--release'] }),
  };
}
