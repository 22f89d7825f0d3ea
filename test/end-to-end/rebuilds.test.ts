import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CargoOracle } from './cargo-oracle.ts';
import { type Checkout, type SavedFiles, TemporaryDirectory } from './checkout.ts';
import { makeHouse } from './house.ts';
import { type Command, DIFFERENCES, type Scenario, SCENARIOS } from './rebuild-table.ts';
import { build, type Built, complaints } from './rig.ts';

let place: TemporaryDirectory;
let house: Checkout;
let saved: SavedFiles;
let oracle: CargoOracle;

function buildApp(command: Command = {}): Promise<Built> {
  const { features = [], profile, variables = {} } = command;
  return build({ directory: house.directory, store: place.join('store'), targets: ['app'], features, profile, variables });
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
  // What was written within the clock's step of the first build is not remembered by it, but by the second.
  await buildApp();
}, 120_000);

afterAll(() => place[Symbol.dispose]());

describe.each(Object.entries(SCENARIOS))('rebuilds after a change of %s', (_, scenarios) => {
  test.each(scenarios)(
    '$name',
    async (scenario: Scenario) => {
      const { change, command = {}, runs, cargo, plansFromMemory } = scenario;
      try {
        change?.(house);
        const built = await buildApp(command);
        expect(built.ok, complaints(built)).toBe(true);
        expect(built.executed).toEqual(runs.toSorted());
        if (plansFromMemory === true) expect(built.planners).toEqual([]);
        const again = await buildApp(command);
        expect(again.executed).toEqual([]);
        expect(
          oracle.runs({ words: cargoWords(command), ...(command.variables === undefined ? {} : { variables: command.variables }) }),
        ).toEqual((cargo?.runs ?? runs).toSorted());
        if (cargo !== undefined) expect(DIFFERENCES[cargo.because]).not.toBe('');
      } finally {
        house.restore(saved);
      }
      const back = await buildApp();
      expect(back.executed, 'after going back').toEqual([]);
    },
    60_000,
  );
});
