import { expect, test } from 'vitest';
import { overrideOutput } from '../../src/rust/script/script-override.ts';
import { said, scriptRunUnit } from './planned-units.ts';

function overridden(...lines: readonly string[]): ReturnType<typeof overrideOutput> {
  return overrideOutput(scriptRunUnit({ label: 'demo v0.1.0 (build script run)', override: { lines }, script: undefined }));
}

test('a links override gives the output the script would have given, keys in alphabetical order', () => {
  const result = overridden(
    'rustc-link-search=/build/x',
    'rustc-link-lib=b',
    'rustc-link-lib=a',
    'rustc-flags=-l c -L /l',
    'rustc-cfg=k="v"',
    'rustc-check-cfg=cfg(k)',
    'rustc-env=NAME=a=b',
    'rustc-link-arg-bins=-x',
    'rustc-cdylib-link-arg=-y',
    'root=/opt/demo',
    'error=fine',
  );
  expect(result).toEqual({
    ok: true,
    value: said({
      linkLibraries: ['c', 'b', 'a'],
      linkSearch: [
        { value: '/l', inOutDirectory: false },
        { value: '/build/x', inOutDirectory: false },
      ],
      linkArguments: [
        { scope: { kind: 'cdylib' }, value: '-y' },
        { scope: { kind: 'bins' }, value: '-x' },
      ],
      cfgs: ['k="v"'],
      checkCfgs: ['cfg(k)'],
      environment: [['NAME', 'a=b']],
      metadata: [
        ['error', 'fine'],
        ['root', '/opt/demo'],
      ],
    }),
  });
});

test('keys that make no sense in an override are refused', () => {
  expect(overridden('rerun-if-changed=x')).toMatchInlineSnapshot(`
    {
      "diagnostics": [
        {
          "blame": "input",
          "code": "F0416",
          "facts": [
            [
              "package",
              "demo v0.1.0 (build script run)",
            ],
            [
              "line",
              "rerun-if-changed=x",
            ],
          ],
          "hints": [
            "remove \`rerun-if-changed\` from the \`[target.TRIPLE.LINKS]\` table of cargo's configuration",
          ],
          "message": "\`rerun-if-changed\` is not supported in build script overrides",
          "severity": "error",
        },
      ],
      "ok": false,
    }
  `);
  expect(overridden('warning=x')).toMatchObject({ ok: false });
  expect(overridden('rustc-flags=-C x')).toMatchObject({ ok: false, diagnostics: [{ code: 'F0410', blame: 'input' }] });
});
