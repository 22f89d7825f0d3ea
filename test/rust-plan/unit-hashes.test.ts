import { describe, expect, test } from 'vitest';
import type { RustFacts } from '../../src/rust/facts.ts';
import { compiled, LINUX, madeFacts, type MadeUnit, planOf, REGISTRY } from './made-facts.ts';

const UNITS: readonly MadeUnit[] = [
  { name: 'serde', source: REGISTRY },
  { name: 'app', kind: 'bin', dependencies: [0] },
];

function hashes(facts: RustFacts): readonly (readonly [metadata: string, unitId: string])[] {
  return planOf(facts).units.map((unit) => [unit.metadata, unit.unitId]);
}

function changed(change: Partial<MadeUnit>, which = 0): readonly boolean[] {
  const before = hashes(madeFacts(UNITS));
  const after = hashes(madeFacts(UNITS.map((unit, index) => (index === which ? { ...unit, ...change } : unit))));
  return before.map(([metadata, unitId], index) => metadata !== after[index]?.[0] && unitId !== after[index]?.[1]);
}

/** A linker script of the repository, named by its path on this machine. */
function withScript(workspaceRoot: string): RustFacts {
  return madeFacts(UNITS, { workspaceRoot, host: { ...LINUX, rustflags: [`-Clink-arg=-T${workspaceRoot}/link.ld`] } });
}

describe('the hashes of a unit', () => {
  test('are 16 hexadecimal digits and stand in the command and the file names', () => {
    const app = compiled(planOf(madeFacts(UNITS)), 1);
    expect(app.metadata).toMatch(/^[0-9a-f]{16}$/);
    expect(app.arguments).toContain(`metadata=${app.metadata}`);
    expect(app.arguments).toContain(`extra-filename=-${app.unitId}`);
    expect(app.outputs.map(({ name }) => name)).toContain(`app-${app.unitId}`);
  });

  test('are the same in two checkouts', () => {
    expect(hashes(madeFacts(UNITS, { workspaceRoot: '/elsewhere/entirely/work' }))).toEqual(hashes(madeFacts(UNITS)));
  });

  test('are the same for a registry crate in two workspaces', () => {
    const other = madeFacts([
      { name: 'serde', source: REGISTRY },
      { name: 'unrelated' },
      { name: 'tool', kind: 'bin', dependencies: [0, 1] },
    ]);
    expect(hashes(other)[0]).toEqual(hashes(madeFacts(UNITS))[0]);
  });

  test('are the same for one registry under its two index protocols', () => {
    const sparse = { ...REGISTRY, registry: 'sparse+https://index.crates.io/' };
    expect(changed({ source: sparse })).toEqual([false, false]);
  });

  test('differ for packages of one name in the workspace and outside of it', () => {
    const inside = hashes(madeFacts([{ name: 'part', root: '/home/someone/repo/work/part' }]));
    const outside = hashes(madeFacts([{ name: 'part', root: '/home/someone/repo/part' }]));
    expect(inside).not.toEqual(outside);
  });

  test.each<readonly [string, Partial<MadeUnit>]>([
    ['version', { version: '1.0.1' }],
    ['features', { features: ['std'] }],
    ['optimisation level', { profile: { optLevel: '3' } }],
    ['panic strategy', { profile: { panic: 'abort' } }],
    ['crate type', { crateTypes: ['rlib'] }],
    ['source', { source: { kind: 'git', url: 'https://host/serde', revision: 'a'.repeat(40), checkout: '/c' }, root: '/c' }],
  ])('change with the %s of the crate, and with them those of its users', (_, change) => {
    expect(changed(change)).toEqual([true, true]);
  });

  test('do not change for what is below', () => {
    expect(changed({ version: '2.0.0' }, 1)).toEqual([false, true]);
  });

  test('do not know the name of the profile nor whether it is incremental, which no command shows', () => {
    expect(changed({ profile: { name: 'test', incremental: false } })).toEqual([false, false]);
  });

  test('rustflags change file names but not symbol names', () => {
    const before = hashes(madeFacts(UNITS));
    const after = hashes(madeFacts(UNITS, { host: { ...LINUX, rustflags: ['-Ctarget-cpu=native'] } }));
    expect(after.map(([metadata]) => metadata)).toEqual(before.map(([metadata]) => metadata));
    expect(after.every(([, unitId], index) => unitId !== before[index]?.[1])).toBe(true);
  });

  test('flags that remap paths change neither', () => {
    const remapped = madeFacts(UNITS, { host: { ...LINUX, rustflags: ['--remap-path-prefix=/a=/b'] } });
    expect(hashes(remapped)).toEqual(hashes(madeFacts(UNITS)));
  });

  test('a flag with a path of the repository gives the same names in two checkouts', () => {
    expect(hashes(withScript('/one/work'))).toEqual(hashes(withScript('/two/deeper/work')));
  });

  test('units for a requested target do not know the host that compiles them', () => {
    const units = UNITS.map((unit) => ({ ...unit, platform: LINUX.triple }));
    const elsewhere = madeFacts(units);
    const verbose = elsewhere.toolchain.rustcVerboseVersion.replace('host: x86_64', 'host: aarch64');
    const moved = { ...elsewhere, toolchain: { ...elsewhere.toolchain, rustcVerboseVersion: verbose } };
    expect(hashes(moved)).toEqual(hashes(elsewhere));
    const forHost = madeFacts(UNITS);
    expect(hashes({ ...forHost, toolchain: moved.toolchain })).not.toEqual(hashes(forHost));
  });
});
