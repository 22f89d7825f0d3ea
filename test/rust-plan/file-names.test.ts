import { describe, expect, test } from 'vitest';
import { planUnits } from '../../src/rust/units/plan-units.ts';
import { compiled, LINUX, madeFacts, type MadeUnit, planOf, REGISTRY } from './made-facts.ts';

/** `name -> uplifted`, with `HASH` for the unit's hash and `?` on what may be missing. */
function files(unit: MadeUnit, platform = LINUX): readonly string[] {
  const planned = compiled(planOf(madeFacts([unit], { host: platform })), 0);
  return planned.outputs.map(({ name, uplifted, optional }) => {
    const shown = name.replace(planned.unitId, 'HASH');
    return `${shown}${optional ? '?' : ''}${uplifted === undefined ? '' : ` -> ${uplifted}`}`;
  });
}

describe('the files a call leaves', () => {
  test.each<readonly [string, MadeUnit, readonly string[]]>([
    ['a library', { name: 'my-lib' }, ['libmy_lib-HASH.rlib -> libmy_lib.rlib', 'libmy_lib-HASH.rmeta', 'my_lib-HASH.d']],
    ['a program', { name: 'my-app', kind: 'bin' }, ['my_app-HASH -> my-app', 'my_app-HASH.dwp? -> my-app.dwp', 'my_app-HASH.d']],
    [
      'an example',
      { name: 'pkg', kind: 'example', targetName: 'show-me' },
      ['show_me-HASH -> examples/show-me', 'show_me-HASH.dwp? -> examples/show-me.dwp', 'show_me-HASH.d'],
    ],
    ['a test', { name: 'my-lib', mode: 'test' }, ['my_lib-HASH', 'my_lib-HASH.dwp?', 'my_lib-HASH.d']],
    ['a check', { name: 'my-lib', mode: 'check' }, ['libmy_lib-HASH.rmeta', 'my_lib-HASH.d']],
    [
      'a cdylib of the workspace, unhashed',
      { name: 'plug', kind: 'cdylib' },
      ['libplug.so -> libplug.so', 'libplug.so.dwp? -> libplug.so.dwp', 'plug.d'],
    ],
    [
      'a cdylib of a registry, hashed',
      { name: 'plug', kind: 'cdylib', source: REGISTRY },
      ['libplug-HASH.so -> libplug.so', 'libplug-HASH.so.dwp? -> libplug.so.dwp', 'plug-HASH.d'],
    ],
    [
      'a build script, which stays where it is',
      { name: 'pkg', kind: 'custom-build' },
      ['build_script_build-HASH', 'build_script_build-HASH.dwp?', 'build_script_build-HASH.d'],
    ],
  ])('%s', (_, unit, expected) => {
    expect(files(unit)).toEqual(expected);
  });

  test('a library nobody selected is not uplifted, a program always is', () => {
    const plan = planOf(
      madeFacts([
        { name: 'low' },
        { name: 'app', kind: 'bin', dependencies: [0] },
        { name: 'whole', kind: 'test', mode: 'test', dependencies: [0, 1], isRoot: true },
      ]),
    );
    expect(compiled(plan, 0).outputs.every(({ uplifted }) => uplifted === undefined)).toBe(true);
    expect(compiled(plan, 1).outputs[0]?.uplifted).toBe('app');
  });

  test('on macOS debug information is a bundle beside the program', () => {
    expect(files({ name: 'my-app', kind: 'bin' }, { ...LINUX, triple: 'aarch64-apple-darwin' })).toContain(
      'my_app-HASH.dSYM? -> my-app.dSYM',
    );
  });

  test('with Microsoft tools a program has no hash, since its debug information is found by name', () => {
    const windows = { ...LINUX, triple: 'x86_64-pc-windows-msvc', fileNames: { bin: { prefix: '', suffix: '.exe' } } };
    expect(files({ name: 'my-app', kind: 'bin' }, windows)).toEqual(['my_app.exe -> my-app.exe', 'my_app.pdb? -> my_app.pdb', 'my_app.d']);
  });

  test('a platform that cannot make any of the crate types is reported', () => {
    const bare = { ...LINUX, triple: 'thumbv7m-none-eabi', fileNames: { rlib: { prefix: 'lib', suffix: '.rlib' } } };
    const planned = planUnits(madeFacts([{ name: 'plug', kind: 'cdylib' }], { host: bare }));
    expect(planned).toMatchInlineSnapshot(`
      {
        "diagnostics": [
          {
            "blame": "input",
            "code": "F0240",
            "facts": [
              [
                "package",
                "plug v1.0.0",
              ],
            ],
            "hints": [
              "build for a target that supports it, or leave the package out of the selection",
            ],
            "message": "cannot produce \`cdylib\` for \`plug\`: \`thumbv7m-none-eabi\` does not support it",
            "severity": "error",
          },
        ],
        "ok": false,
      }
    `);
  });
});
