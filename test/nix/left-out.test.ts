import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { type LeftOut, leftOutDiagnostics } from '../../src/nix/left-out.ts';
import type { NixPlan } from '../../src/nix/plan-file.ts';
import { Checkout, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { Program } from '../robustness/program.ts';

const PROJECT = `[project]
name = "linux-only"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["driver; sys_platform == 'linux'", "sound; sys_platform == 'darwin'"]
`;
const LOCK = `version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "driver"
version = "2.0"
source = { registry = "https://index.example/simple" }
wheels = [
    { url = "https://files.example/driver-2.0-py3-none-manylinux_2_17_x86_64.whl", hash = "sha256:${'1'.repeat(64)}", size = 10 },
]

[[package]]
name = "linux-only"
version = "1.0"
source = { virtual = "." }
dependencies = [
    { name = "driver", marker = "sys_platform == 'linux'" },
    { name = "sound", marker = "sys_platform == 'darwin'" },
]

[package.metadata]
requires-dist = [
    { name = "driver", marker = "sys_platform == 'linux'" },
    { name = "sound", marker = "sys_platform == 'darwin'" },
]

[[package]]
name = "sound"
version = "3.0"
source = { registry = "https://index.example/simple" }
wheels = [
    { url = "https://files.example/sound-3.0-py3-none-macosx_11_0_arm64.whl", hash = "sha256:${'2'.repeat(64)}", size = 10 },
    { url = "https://files.example/sound-3.0-py3-none-macosx_10_9_x86_64.whl", hash = "sha256:${'3'.repeat(64)}", size = 10 },
]
`;

const CHECKS = `[checks.hello]
command = ["python", "-c", "print('hello')"]
project = "linux-only"

[checks.shell]
command = ["sh", "-c", "test -f pyproject.toml"]

[checks.spelling]
command = ["spell"]
`;

describe('a lock without files for one of the systems', () => {
  let place: TemporaryDirectory;
  let checkout: Checkout;
  let program: Program;

  beforeAll(() => {
    place = new TemporaryDirectory();
    checkout = new Checkout(place.join('project'), { 'pyproject.toml': PROJECT, 'uv.lock': LOCK, 'ferrule.toml': CHECKS });
    program = new Program();
  }, 120_000);

  afterAll(() => {
    program[Symbol.dispose]();
    place[Symbol.dispose]();
  });

  function exported(): {
    readonly status: number | null;
    readonly report: { readonly diagnostics: readonly Diagnostic[] };
    readonly plan: NixPlan;
  } {
    const { status, stdout } = program.run(['nix', 'export', '--json', '--offline'], {
      directory: checkout.directory,
      store: place.join('store'),
    });
    return { status, report: JSON.parse(stdout), plan: JSON.parse(checkout.read('nix/ferrule.json')) };
  }

  test('gives the others what they have, by their own markers and tags, and says what is missing', () => {
    const { status, report, plan } = exported();
    expect(status).toBe(0);
    expect(Object.entries(plan.systems).map(([system, { outputs }]) => [system, Object.keys(outputs)])).toEqual([
      ['x86_64-linux', ['linux-only']],
      ['aarch64-linux', []],
      ['x86_64-darwin', ['linux-only']],
      ['aarch64-darwin', ['linux-only']],
    ]);
    expect(Object.values(plan.fetches).map(({ name }) => name)).toEqual([
      'driver-2.0-py3-none-manylinux_2_17_x86_64.whl',
      'sound-3.0-py3-none-macosx_10_9_x86_64.whl',
      'sound-3.0-py3-none-macosx_11_0_arm64.whl',
    ]);
    expect(report.diagnostics).toMatchObject([
      { code: 'F1160', severity: 'warning', message: 'the flake has no `linux-only:env` for aarch64-linux' },
      { code: 'F1160', severity: 'warning', message: 'the flake has no `linux-only:hello` for aarch64-linux' },
      {
        code: 'F1160',
        severity: 'warning',
        message: 'the flake has no `spelling` for x86_64-linux, aarch64-linux, x86_64-darwin, aarch64-darwin',
        facts: [{ label: 'reason', value: 'the check `spelling` runs `spell`, a program of this machine' }],
      },
    ]);
    expect(Object.entries(plan.systems).map(([system, { checks }]) => [system, Object.keys(checks)])).toEqual([
      ['x86_64-linux', ['linux-only-hello', 'shell']],
      ['aarch64-linux', ['shell']],
      ['x86_64-darwin', ['linux-only-hello', 'shell']],
      ['aarch64-darwin', ['linux-only-hello', 'shell']],
    ]);
  }, 120_000);

  test('names nothing of this machine in the plan', () => {
    const text = checkout.read('nix/ferrule.json');
    expect(text).not.toContain(place.path);
    expect(text).not.toContain(process.env['HOME'] ?? '/root');
    expect(text).toMatch(/^"pythons": \{\n"3\.\d+": \{"version":"3\.\d+","nixpkgs":"python3\d+"\}\n\}/m);
  });
});

function failed(code: Diagnostic['code']): Diagnostic {
  return { code, severity: 'error', blame: 'input', message: `because of ${code}` };
}

function everywhere(code: Diagnostic['code']): readonly LeftOut[] {
  return ['a', 'b'].map((system) => ({ system, output: `${code}:env`, diagnostics: [failed(code)] }));
}

test('what no system has is wrong with the repository, unless it is Nix that cannot build it', () => {
  const said = leftOutDiagnostics([...everywhere('F0920'), ...everywhere('F1162')], ['a', 'b']);
  expect(said).toEqual([
    failed('F0920'),
    {
      code: 'F1160',
      severity: 'warning',
      blame: 'input',
      message: 'the flake has no `F1162:env` for a, b',
      facts: [['reason', 'because of F1162']],
    },
  ]);
});
