import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphCommand } from '../../src/cli/commands/graph.ts';
import { NO_OPTIONS, type OptionValues } from '../../src/cli/options.ts';
import { graphSettings } from '../../src/cli/settings.ts';
import { type Cone, targetCone } from '../../src/explain/cone.ts';
import { type Checkout, TemporaryDirectory } from './checkout.ts';
import { makeHouse } from './house.ts';
import { build, capturedTerminal, complaints, plainEnvironment, requestOf } from './rig.ts';

let place: TemporaryDirectory;
let house: Checkout;

beforeAll(() => {
  place = new TemporaryDirectory();
  house = makeHouse(place.join('house'));
});

afterAll(() => place[Symbol.dispose]());

async function coneOf(target: string): Promise<Cone> {
  const request = requestOf({ directory: house.directory, store: place.join('store'), targets: [] });
  const cone = await targetCone({ target, build: request });
  if (!cone.ok) throw new Error(cone.diagnostics.map(({ code }) => code).join());
  return cone.value;
}

async function said(values: Partial<OptionValues>): Promise<string> {
  const { terminal, said: text } = capturedTerminal();
  const surroundings = { environment: {}, workingDirectory: house.directory };
  const settings = graphSettings({ ...NO_OPTIONS, store: place.join('store'), offline: true, ...values }, 'app', surroundings);
  const signal = new AbortController().signal;
  await graphCommand({ target: 'app', settings, terminal, environment: plainEnvironment(), signal, now: Date.now });
  return text();
}

test('before anything is built: what is needed, and how much of the lock that is', async () => {
  const cone = await coneOf('app');
  expect(cone).toMatchObject({ units: 14, unmeasured: 14, builtBytes: undefined, workMs: 0 });
  expect(cone.locks).toEqual([{ file: 'Cargo.lock', locked: 10, needed: 8, spared: ['lone 0.1.0', 'spare 0.1.0'] }]);
  expect(cone.packages.filter(({ kind }) => kind === 'registry').map(({ name }) => name)).toEqual(['tiny']);
}, 120_000);

test('after a build: what it took, all together and along the longest chain', async () => {
  const built = await build({ directory: house.directory, store: place.join('store'), targets: ['app'] });
  expect(built.ok, complaints(built)).toBe(true);
  const cone = await coneOf('app');
  expect(cone.unmeasured).toBe(0);
  expect(cone.workMs).toBeGreaterThan(0);
  expect(cone.chainMs).toBeLessThan(cone.workMs);
  expect(cone.builtBytes).toBeGreaterThan(0);
}, 120_000);

test('a part of the target has a cone of its own', async () => {
  const cone = await coneOf('tuned');
  expect(cone.packages.map(({ name }) => name).toSorted()).toEqual(['native', 'tuned']);
}, 120_000);

test('packages point to what they are built from, in DOT as in JSON', async () => {
  const { packages } = await coneOf('app');
  const app = packages.find(({ name }) => name === 'app');
  expect(app?.dependencies.map((at) => packages[at]?.name).toSorted()).toEqual(['mid', 'scripted', 'tuned']);
  const dot = await said({ dot: true });
  expect(dot).toMatch(/^digraph "app" \{\n/);
  expect(dot.split('\n').filter((line) => line.includes('->'))).toHaveLength(packages.flatMap(({ dependencies }) => dependencies).length);
}, 120_000);

test('what is read begins with the numbers, and ends with the lock', async () => {
  const text = await said({});
  expect(text).toMatch(/^app: 14 units of 8 packages\n {2}of the repository {2}7 packages\n/);
  expect(text).toMatch(/Cargo\.lock: 8 of 10 locked packages are needed\n {2}not needed: lone 0\.1\.0, spare 0\.1\.0\n$/);
}, 120_000);
