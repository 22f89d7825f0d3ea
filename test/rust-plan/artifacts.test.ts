import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CompileUnit } from '../../src/rust/planned-unit.ts';
import { planUnits, type RustPlan } from '../../src/rust/units/plan-units.ts';
import type { CargoRun, Fixture } from '../conformance/fixture.ts';
import { DEPENDENCY_FIXTURES } from '../conformance/fixtures-dependencies.ts';
import { TARGET_FIXTURES } from '../conformance/fixtures-targets.ts';
import { machineToolchain } from '../conformance/oracle.ts';
import { factsFor, prepareFixture } from '../conformance/run-fixture.ts';
import { canSandbox, SandboxedBuild } from './sandboxed-build.ts';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ferrule-artifacts-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const RUNS: readonly (readonly [name: string, run: CargoRun])[] = [
  ['proc macros, re-exported and used in private', { command: 'build' }],
  ['proc macros, re-exported and used in private', { command: 'test' }],
  ['proc macros, re-exported and used in private', { command: 'check' }],
  ['proc macros, re-exported and used in private', { command: 'build', target: '$HOST' }],
  ['library crate types', { command: 'build' }],
  ['dynamic libraries', { command: 'build', packages: ['shared-user'] }],
  ['every kind of target', { command: 'build', targets: ['--all-targets'] }],
  ['build scripts and links', { command: 'build', profile: 'release' }],
  ['renames, two versions, and a path outside the workspace', { command: 'build' }],
  ['git dependencies and a patch', { command: 'build' }],
];

describe.skipIf(!canSandbox())('each call, given exactly the files its unit names', () => {
  test.each(RUNS)(
    'succeeds and leaves the files its unit promises: %s, %o',
    async (name, run) => {
      const { plan, build } = await runPlan(name, run);
      for (const unit of plan.units) {
        if (unit.kind !== 'compile') continue;
        const left = readdirSync(build.outputDirectory(unit.index));
        const promised = unit.outputs.filter(({ optional }) => !optional).map((file) => file.name);
        expect(left.toSorted(), unit.label).toEqual(promised.toSorted());
      }
    },
    120_000,
  );

  test('fails when one of them is withheld, be it rlib, metadata or macro', async () => {
    const { plan, build } = await runPlan('proc macros, re-exported and used in private', { command: 'build' });
    const compiled = plan.units.filter((unit): unit is CompileUnit => unit.kind === 'compile');
    const outcomes = compiled.flatMap((unit) =>
      unit.artifacts.map(
        (input) =>
          `${unit.label} without ${input.file.replace(/-[0-9a-f]{16}/, '')}: ${build.run(unit, input) === undefined ? 'succeeds' : 'fails'}`,
      ),
    );
    expect(outcomes).toMatchInlineSnapshot(`
      [
        "app v0.1.0 (bin "app") without libfacade.rlib: fails",
        "app v0.1.0 (bin "app") without libmacros.so: fails",
        "app v0.1.0 (bin "app") without libquiet.rlib: fails",
        "app v0.1.0 (bin "app") without libsyntax.rlib: fails",
        "app v0.1.0 (bin "app") without libupper.rlib: fails",
        "facade v0.1.0 without libmacros.so: fails",
        "macros v0.1.0 without libsyntax.rlib: fails",
        "quiet v0.1.0 without libmacros.so: fails",
        "quiet v0.1.0 without libsyntax.rmeta: fails",
        "upper v0.1.0 without libmacros.so: fails",
        "upper v0.1.0 without libquiet.rmeta: fails",
        "upper v0.1.0 without libsyntax.rmeta: fails",
      ]
    `);
  }, 120_000);
});

async function runPlan(name: string, run: CargoRun): Promise<{ readonly plan: RustPlan; readonly build: SandboxedBuild }> {
  const place = { toolchain: machineToolchain(), cargoHome: join(scratch, 'cargo-home') };
  const directory = mkdtempSync(join(scratch, 'run-'));
  const repository = join(directory, 'checkout');
  const workspace = prepareFixture(fixtureNamed(name), repository, place);
  const facts = await factsFor({ place, workspace, repository, run });
  const plan = planUnits(facts);
  if (!plan.ok) throw new Error(plan.diagnostics[0]?.message ?? 'not planned');
  const build = new SandboxedBuild({ facts, plan: plan.value, directory: join(directory, 'actions') });
  build.runAll();
  return { plan: plan.value, build };
}

function fixtureNamed(name: string): Fixture {
  const fixture = [...TARGET_FIXTURES, ...DEPENDENCY_FIXTURES].find((each) => each.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  return fixture;
}
