/* oxlint-disable no-console */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256Of } from '../../src/model/digest.ts';
import type { Comparison } from './compare.ts';
import { DIFFERENCES } from './differences.ts';
import { cargoArguments, type Fixture } from './fixture.ts';
import { DEPENDENCY_FIXTURES } from './fixtures-dependencies.ts';
import { SETTING_FIXTURES } from './fixtures-settings.ts';
import { TARGET_FIXTURES } from './fixtures-targets.ts';
import { type CargoPlace, machineCargoHome, machineToolchain } from './oracle.ts';
import { REGISTRY_CRATES, REGISTRY_PROGRAMS, type RegistryProgram, unpackProgram } from './registry-programs.ts';
import { compareRun, prepareFixture } from './run-fixture.ts';

/**
 * Compares every planned process with what `cargo -vv` really starts.
 *
 *     node test/conformance/main.ts [--keep DIR] [NAME…]
 *
 * NAME chooses workspaces whose name holds it; `--keep` leaves cargo's target directories in DIR and uses those found there.
 */
const { values, positionals } = parseArgs({ options: { keep: { type: 'string' } }, allowPositionals: true });
const base = values.keep ?? mkdtempSync(join(tmpdir(), 'ferrule-conformance-'));
const toolchain = machineToolchain();
const alone: CargoPlace = { toolchain, cargoHome: join(base, 'cargo-home') };
const withRegistry: CargoPlace = { toolchain, cargoHome: machineCargoHome() };
const totals = { units: 0, differences: 0, commands: 0 };
const tolerated = new Map<string, number>();

const wanted = (name: string): boolean => positionals.length === 0 || positionals.some((part) => name.includes(part));

for (const fixture of [...TARGET_FIXTURES, ...DEPENDENCY_FIXTURES, ...SETTING_FIXTURES].filter(({ name }) => wanted(name))) {
  const root = directoryFor(fixture.name);
  await compareAll({ place: alone, fixture, workspace: prepareFixture(fixture, root, alone), repository: root });
}
if (wanted(REGISTRY_CRATES.name)) {
  const root = directoryFor(REGISTRY_CRATES.name);
  const workspace = prepareFixture(REGISTRY_CRATES, root, withRegistry);
  await compareAll({ place: withRegistry, fixture: REGISTRY_CRATES, workspace, repository: root });
}
for (const program of REGISTRY_PROGRAMS.filter(({ name }) => wanted(name))) {
  const workspace = unpackProgram({ program, directory: directoryFor(program.name), place: withRegistry });
  await compareAll({ place: withRegistry, fixture: program, workspace, repository: workspace });
}

for (const { name, reason } of DIFFERENCES) console.log(`allowed ${tolerated.get(name) ?? 0} times: ${name}: ${reason}`);
console.log(`${totals.commands} commands, ${totals.units} units, ${totals.differences} differences`);
if (values.keep === undefined) rmSync(base, { recursive: true, force: true });
process.exitCode = totals.differences === 0 ? 0 : 1;

function directoryFor(name: string): string {
  return join(base, name.replaceAll(/[^\w.]+/g, '-'), 'checkout');
}

async function compareAll(options: {
  readonly place: CargoPlace;
  readonly fixture: Fixture | RegistryProgram;
  readonly workspace: string;
  readonly repository: string;
}): Promise<void> {
  const { place, fixture, workspace, repository } = options;
  for (const run of fixture.runs) {
    const identity = sha256Of(JSON.stringify(['files' in fixture ? fixture.files : '', run])).slice(0, 8);
    const targetDirectory = join(repository, '..', `target-${identity}`);
    const comparison = await compareRun({ place, workspace, repository, run, targetDirectory, keep: values.keep !== undefined });
    const command = [...Object.entries(run.environment ?? {}).map(([name, value]) => `${name}=${value}`), 'cargo', ...cargoArguments(run)];
    print(`${fixture.name}: ${command.join(' ')}`, comparison);
  }
}

function print(title: string, comparison: Comparison): void {
  console.log(`${comparison.units} units, ${comparison.differences.length} differences  ${title}`);
  for (const difference of comparison.differences) console.log(`    ${difference}`);
  for (const [name, count] of comparison.tolerated) tolerated.set(name, (tolerated.get(name) ?? 0) + count);
  totals.commands += 1;
  totals.units += comparison.units;
  totals.differences += comparison.differences.length;
}
