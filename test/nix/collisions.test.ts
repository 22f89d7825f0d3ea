import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Of } from '../../src/model/digest.ts';
import type { NixPlan } from '../../src/nix/plan-file.ts';
import { Checkout, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { makeArchive } from '../python/wheel/made-archive.ts';
import { Program } from '../robustness/program.ts';

const NAMES = ['left', 'right'] as const;

function filename(name: string): string {
  return `${name}-1.0-py3-none-any.whl`;
}

/** A wheel whose `shared/data.txt` holds its own name. */
function wheel(name: string): Buffer {
  const info = `${name}-1.0.dist-info`;
  return makeArchive([
    { path: 'shared/data.txt', bytes: name },
    { path: `${info}/METADATA`, bytes: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n` },
    { path: `${info}/WHEEL`, bytes: 'Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n' },
    { path: `${info}/RECORD`, bytes: '' },
  ]);
}

const PROJECT = `[project]
name = "both"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["left", "right"]

[tool.uv.sources]
${NAMES.map((name) => `${name} = { path = "wheels/${filename(name)}" }`).join('\n')}
`;
const REQUIRED = NAMES.map((name) => `{ name = "${name}", path = "wheels/${filename(name)}" }`).join(', ');
const LOCK = `version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "both"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "left" }, { name = "right" }]

[package.metadata]
requires-dist = [${REQUIRED}]
${NAMES.map(
  (name) => `
[[package]]
name = "${name}"
version = "1.0"
source = { path = "wheels/${filename(name)}" }
wheels = [{ filename = "${filename(name)}", hash = "sha256:${sha256Of(wheel(name))}" }]
`,
).join('')}`;

let place: TemporaryDirectory;
let checkout: Checkout;
let program: Program;

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('both'), { 'pyproject.toml': PROJECT, 'uv.lock': LOCK });
  mkdirSync(checkout.path('wheels'));
  for (const name of NAMES) writeFileSync(checkout.path(`wheels/${filename(name)}`), wheel(name));
  program = new Program();
}, 120_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
});

function ferrule(...words: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  return program.run([...words, '--offline'], { directory: checkout.directory, store: place.join('store') });
}

test('wheels of this machine that collide are refused when the plan is made', () => {
  expect(ferrule('build', 'both:env').stderr).toContain('error[F0960]');
  const { status, stderr } = ferrule('nix', 'export');
  expect(status).toBe(2);
  expect(stderr).toContain('error[F0960]');
}, 120_000);

test('what `ferrule.toml` says of a collision is in the plan, and wheels of the repository are parts of it', () => {
  checkout.write('ferrule.toml', '[[collision]]\npaths = "lib/python*/site-packages/shared/**"\ntake = "right"\n');
  const { status, stderr } = ferrule('nix', 'export');
  expect(status, stderr).toBe(0);
  const plan: NixPlan = JSON.parse(checkout.read('nix/ferrule.json'));
  const steps = Object.values(plan.nodes).flatMap((node) => node.steps);
  const policies = steps.flatMap((step) => (step.kind === 'compose' ? [Object(step['policy']).collisions] : []));
  expect(policies[0]).toEqual([{ paths: 'lib/python*/site-packages/shared/**', take: 'right' }]);
  expect(Object.values(plan.sources).map(({ keep }) => keep)).toEqual(
    expect.arrayContaining(NAMES.map((name) => [`wheels/${filename(name)}`])),
  );
  expect(plan.fetches).toEqual({});
}, 120_000);
