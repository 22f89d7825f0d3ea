import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CargoOracle } from './cargo-oracle.ts';
import { type Checkout, type SavedFiles, TemporaryDirectory } from './checkout.ts';
import { makeHouse } from './house.ts';
import { type Command, type Scenario, SCENARIOS } from './rebuild-table.ts';
import { build, type Built, complaints, untilRemembered } from './rig.ts';

let place: TemporaryDirectory;
let house: Checkout;
let saved: SavedFiles;
let oracle: CargoOracle;

function buildApp({ features = [], profile, variables = {} }: Command = {}): Promise<Built> {
  return build({ directory: house.directory, store: place.join('store'), targets: ['app'], features, profile, variables });
}

/** Forgets how the nodes and the run ended: every action has to be worked out again. */
function forgetNodes(): void {
  for (const notes of ['nodes', 'run']) rmSync(place.join(`store/v1/notes/${notes}`), { recursive: true, force: true });
}

function cargoWords({ features = [], profile = 'release' }: Command): readonly string[] {
  return ['-p', 'app', `--profile=${profile}`, ...(features.length === 0 ? [] : [`--features=${features.join(',')}`])];
}

beforeAll(async () => {
  place = new TemporaryDirectory();
  house = makeHouse(place.join('house'));
  saved = house.save();
  const first = await buildApp();
  expect(first.ok, complaints(first)).toBe(true);
  oracle = new CargoOracle({ directory: house.directory, target: place.join('target') }, { words: cargoWords({}) });
  await untilRemembered();
  await buildApp();
}, 120_000);

afterAll(() => place[Symbol.dispose]());

describe.each(Object.entries(SCENARIOS))('after a change of %s exactly what must is run again', (_, scenarios) => {
  test.each(scenarios)(
    '$name',
    async ({ change, command = {}, runs, cargo, plansFromMemory }: Scenario) => {
      try {
        change?.(house);
        const built = await buildApp(command);
        expect(built.ok, complaints(built)).toBe(true);
        expect(built.executed).toEqual(runs.toSorted());
        if (plansFromMemory === true) expect(built.planners).toEqual([]);
        const { variables } = command;
        const ofCargo = oracle.runs({ words: cargoWords(command), ...(variables === undefined ? {} : { variables }) });
        expect(ofCargo, 'cargo itself').toEqual((cargo?.runs ?? runs).toSorted());
        if (built.remembered) return;
        forgetNodes();
        const workedOut = await buildApp(command);
        expect(workedOut.executed, 'worked out without a memory').toEqual([]);
        expect(workedOut.keys, 'keys with and without a memory').toEqual(built.keys);
      } finally {
        house.restore(saved);
      }
      await untilRemembered();
      const back = await buildApp();
      expect(back.executed, 'after going back').toEqual([]);
    },
    60_000,
  );
});
