import { describe, expect, test } from 'vitest';
import { planUnits } from '../../src/rust/units/plan-units.ts';
import { compiled, LINUX, madeFacts, type MadeUnit, planOf, REGISTRY, scriptRun } from './made-facts.ts';

/** A library whose script depends, through `links`, on another's; then a proc macro and a program over both. */
const SCRIPTED: readonly MadeUnit[] = [
  { name: 'base-sys', kind: 'custom-build', source: REGISTRY, links: 'base-lib' },
  { name: 'base-sys', kind: 'custom-build', mode: 'run-custom-build', source: REGISTRY, links: 'base-lib', dependencies: [0] },
  { name: 'base-sys', source: REGISTRY, links: 'base-lib', dependencies: [1] },
  { name: 'upper', kind: 'custom-build', dependencies: [2] },
  { name: 'upper', kind: 'custom-build', mode: 'run-custom-build', dependencies: [1, 3] },
  { name: 'upper', dependencies: [2, 4] },
  { name: 'macros', kind: 'proc-macro', dependencies: [2] },
  { name: 'app', kind: 'bin', dependencies: [5, 6] },
];

describe('build scripts in a plan', () => {
  const plan = planOf(madeFacts(SCRIPTED));

  test('a run names its compiled program, and puts it where cargo does', () => {
    const { script, outDirectory } = scriptRun(plan, 4);
    const compiledScript = compiled(plan, 3);
    expect(script).toEqual({
      unit: 3,
      file: `build_script_build-${compiledScript.unitId}`,
      path: `/build/target/debug/build/upper-${compiledScript.unitId}/build-script-build`,
    });
    expect(outDirectory).toBe(`/build/target/debug/build/upper-${scriptRun(plan, 4).unitId}/out`);
  });

  test('a run hears from the `links` packages it depends on, and knows whose libraries its own program may load', () => {
    expect(scriptRun(plan, 4).dependencyScripts).toEqual([{ unit: 1, prefix: 'BASE_LIB' }]);
    expect(scriptRun(plan, 4).pluginScripts).toEqual([1]);
  });

  test('search paths come from the own script first and then from below; macros only add to the loader path', () => {
    expect(compiled(plan, 5)).toMatchObject({ ownScript: 4, linkScripts: [4, 1], pluginScripts: [] });
    expect(compiled(plan, 3)).toMatchObject({ ownScript: undefined, linkScripts: [1], pluginScripts: [] });
    expect(compiled(plan, 7)).toMatchObject({ ownScript: undefined, linkScripts: [4, 1], pluginScripts: [1] });
  });

  test('the package of a script is compiled with its OUT_DIR', () => {
    expect(compiled(plan, 5).environment['OUT_DIR']).toBe(scriptRun(plan, 4).outDirectory);
    expect(compiled(plan, 7).environment['OUT_DIR']).toBeUndefined();
  });

  test('variables of a run come from the profile of its package, not from rustc', () => {
    const released = SCRIPTED.map((unit) => ({
      ...unit,
      profile: { debugAssertions: false, optLevel: 's', debuginfo: 0 },
      features: ['two-words'],
    }));
    const { environment } = scriptRun(planOf(madeFacts(released, { profileRoot: 'release' })), 1);
    expect(environment).toMatchObject({
      DEBUG: 'false',
      OPT_LEVEL: 's',
      PROFILE: 'release',
      CARGO_FEATURE_TWO_WORDS: '1',
      CARGO_CFG_FEATURE: 'two-words',
      CARGO_CFG_UNIX: '',
      CARGO_CFG_TARGET_HAS_ATOMIC: '8,64',
      CARGO_MANIFEST_LINKS: 'base-lib',
    });
    expect(environment['CARGO_CFG_DEBUG_ASSERTIONS']).toBeUndefined();
  });

  test('`[env]` of the configuration never overrides what cargo sets', () => {
    const facts = madeFacts(SCRIPTED, {
      configEnvironment: [
        { name: 'CARGO_PKG_NAME', value: 'x', force: true },
        { name: 'OUT_DIR', value: 'x', force: true },
        { name: 'MINE', value: 'y', force: false },
      ],
    });
    expect(scriptRun(planOf(facts), 1).environment).toMatchObject({ CARGO_PKG_NAME: 'base-sys', MINE: 'y' });
    expect(scriptRun(planOf(facts), 1).environment['OUT_DIR']).toMatch(/^\/build\//);
  });

  test('an override takes the place of the program', () => {
    const canned = { ...LINUX, linksOverrides: { 'base-lib': ['rustc-link-lib=base'] } };
    const units = SCRIPTED.map((unit, index) => (index === 1 ? { ...unit, dependencies: [] } : unit));
    expect(scriptRun(planOf(madeFacts(units, { host: canned })), 1)).toMatchObject({
      script: undefined,
      override: { lines: ['rustc-link-lib=base'] },
    });
  });
});

describe('a plan as a whole', () => {
  test('holds no path of this machine outside of `unit`', () => {
    const planned = planOf(madeFacts(SCRIPTED)).units.map((unit) => ({ ...unit, unit: undefined }));
    expect(JSON.stringify(planned)).not.toMatch(/\/home\/|\/opt\//);
  });

  test('survives the plan cache', () => {
    const facts = madeFacts(SCRIPTED);
    const plan = planOf(facts);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(planUnits(JSON.parse(JSON.stringify(facts)))).toEqual({ ok: true, value: plan });
  });

  test('leaves doctests out and closes the gap', () => {
    const plan = planOf(
      madeFacts([
        { name: 'low', mode: 'doctest', dependencies: [1], isRoot: true },
        { name: 'low', isRoot: true },
        { name: 'app', kind: 'bin', dependencies: [1], isRoot: true },
      ]),
    );
    expect(plan.units.map(({ label, index, unit }) => [label, index, unit.index])).toEqual([
      ['low v1.0.0', 0, 0],
      ['app v1.0.0 (bin "app")', 1, 1],
    ]);
    expect(plan.roots).toEqual([0, 1]);
    expect(compiled(plan, 1).artifacts.map(({ unit }) => unit)).toEqual([0]);
  });

  test('names units as people do', () => {
    const plan = planOf(
      madeFacts([
        { name: 'a', mode: 'test' },
        { name: 'a', kind: 'bin', targetName: 'tool', mode: 'test' },
        { name: 'a', kind: 'test', targetName: 'whole', mode: 'test' },
        { name: 'a', kind: 'custom-build' },
        { name: 'a', kind: 'custom-build', mode: 'run-custom-build', dependencies: [3] },
        { name: 'a', mode: 'check' },
      ]),
    );
    expect(plan.units.map(({ label }) => label)).toEqual([
      'a v1.0.0 (lib test)',
      'a v1.0.0 (bin "tool" test)',
      'a v1.0.0 (test "whole")',
      'a v1.0.0 (build script)',
      'a v1.0.0 (build script run)',
      'a v1.0.0 (check)',
    ]);
  });

  test('is refused where it would build something else than asked', () => {
    const refused = planUnits(
      madeFacts([
        { name: 'low', profile: { trimPaths: 'all' } },
        { name: 'app', mode: 'doc', dependencies: [0] },
      ]),
    );
    expect(refused).toMatchInlineSnapshot(`
      {
        "diagnostics": [
          {
            "blame": "input",
            "code": "F0241",
            "facts": [
              [
                "first needed by",
                "low v1.0.0",
              ],
            ],
            "hints": [
              "remove it: paths are the same in every checkout already",
            ],
            "message": "the unstable profile key \`trim-paths\` is not supported",
            "severity": "error",
          },
          {
            "blame": "input",
            "code": "F0241",
            "facts": [
              [
                "first needed by",
                "app v1.0.0",
              ],
            ],
            "hints": [
              "run \`cargo doc\`",
            ],
            "message": "documentation is not supported",
            "severity": "error",
          },
        ],
        "ok": false,
      }
    `);
  });
});

function argumentsOf(unit: MadeUnit): string {
  return compiled(planOf(madeFacts([unit])), 0).arguments.join(' ');
}

describe('arguments that depend on several settings', () => {
  test.each<readonly [optLevel: string, assertions: boolean, overflow: boolean, flags: string]>([
    ['0', true, true, ''],
    ['0', true, false, '-C overflow-checks=off'],
    ['0', false, false, '-C debug-assertions=off'],
    ['0', false, true, '-C debug-assertions=off -C overflow-checks=on'],
    ['3', false, false, ''],
    ['3', false, true, '-C overflow-checks=on'],
    ['3', true, true, '-C debug-assertions=on'],
    ['3', true, false, '-C debug-assertions=on -C overflow-checks=off'],
  ])('at level %s, with assertions %s and overflow checks %s, are passed as `%s`', (optLevel, debugAssertions, overflowChecks, flags) => {
    const found = argumentsOf({ name: 'a', profile: { optLevel, debugAssertions, overflowChecks } }).match(
      /-C (debug-assertions|overflow-checks)=\w+/g,
    );
    expect((found ?? []).join(' ')).toBe(flags);
  });

  test('a test that aborts needs the unstable flag, one without harness gets a cfg', () => {
    expect(argumentsOf({ name: 'a', mode: 'test', profile: { panic: 'abort' } })).toContain(' --test -Z panic-abort-tests ');
    expect(argumentsOf({ name: 'a', kind: 'bench', mode: 'test', harness: false })).toContain(' --cfg test ');
  });

  test('lints are capped for every package but those of a path', () => {
    expect(argumentsOf({ name: 'a', source: REGISTRY })).toMatch(/ --cap-lints allow$/);
    expect(argumentsOf({ name: 'a' })).not.toContain('--cap-lints');
  });

  test('a split of debug information that the platform cannot do is not asked for', () => {
    const units: readonly MadeUnit[] = [{ name: 'a', profile: { splitDebuginfo: 'packed' } }];
    const flags = (splitDebuginfo: readonly string[]): readonly string[] =>
      compiled(planOf(madeFacts(units, { host: { ...LINUX, splitDebuginfo } })), 0).arguments;
    expect(flags(['packed'])).toContain('split-debuginfo=packed');
    expect(flags(['off'])).not.toContain('split-debuginfo=packed');
  });
});
