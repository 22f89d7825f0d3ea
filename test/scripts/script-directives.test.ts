import { array, assert, constantFrom, property, string, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../src/diagnostics/diagnostic.ts';
import { scriptMessages, scriptWarnings } from '../../src/rust/script/script-diagnostics.ts';
import { type BootstrapRule, parseScriptOutput, SILENT_SCRIPT } from '../../src/rust/script/script-directives.ts';
import type { ScriptOutput } from '../../src/rust/script/script-output.ts';
import { said, packageWith, target } from './planned-units.ts';

const OUT = '/build/target/debug/build/demo-1/out';
const STABLE: BootstrapRule = { nightly: false, allowed: undefined };
const ALL_TARGETS = [
  target('lib', 'demo-lib', ['lib']),
  target('cdylib', 'demo-lib'),
  target('bin', 'main'),
  target('test', 'it'),
  target('bench', 'speed'),
  target('example', 'show'),
];

interface Setting {
  readonly targets?: typeof ALL_TARGETS;
  readonly rustVersion?: string;
  readonly bootstrap?: BootstrapRule;
}

function parse(
  stdout: string | Uint8Array,
  { targets = ALL_TARGETS, rustVersion, bootstrap = STABLE }: Setting = {},
): Result<ScriptOutput> {
  const bytes = typeof stdout === 'string' ? Buffer.from(stdout) : stdout;
  return parseScriptOutput({
    stdout: bytes,
    label: 'demo v0.1.0',
    package: packageWith(targets, rustVersion),
    outDirectory: OUT,
    bootstrap,
  });
}

function accepted(stdout: string | Uint8Array, setting?: Setting): ScriptOutput {
  const result = parse(stdout, setting);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.diagnostics)}`);
  return result.value;
}

function refused(stdout: string, setting?: Setting): unknown {
  const result = parse(stdout, setting);
  if (result.ok) throw new Error(`accepted: ${JSON.stringify(result.value)}`);
  return result.diagnostics.length === 1 ? result.diagnostics[0] : result.diagnostics;
}

/** What both syntaxes say: the data after the prefix, and what becomes of it. */
const BOTH_SYNTAXES: readonly (readonly [data: string, meaning: Partial<ScriptOutput>])[] = [
  ['rustc-link-lib=foo', { linkLibraries: ['foo'] }],
  ['rustc-link-lib=static:+whole-archive=foo', { linkLibraries: ['static:+whole-archive=foo'] }],
  ['rustc-link-search=/usr/lib', { linkSearch: [{ value: '/usr/lib', inOutDirectory: false }] }],
  [`rustc-link-search=native=${OUT}/lib`, { linkSearch: [{ value: `native=${OUT}/lib`, inOutDirectory: true }] }],
  [`rustc-link-search=${OUT}`, { linkSearch: [{ value: OUT, inOutDirectory: true }] }],
  [`rustc-link-search=${OUT}side`, { linkSearch: [{ value: `${OUT}side`, inOutDirectory: false }] }],
  [`rustc-link-search=odd=${OUT}`, { linkSearch: [{ value: `odd=${OUT}`, inOutDirectory: false }] }],
  ['rustc-flags=-l foo -L /usr/lib', { linkLibraries: ['foo'], linkSearch: [{ value: '/usr/lib', inOutDirectory: false }] }],
  [
    'rustc-flags=-lfoo -Lnative=/a  -ldylib=bar',
    { linkLibraries: ['foo', 'dylib=bar'], linkSearch: [{ value: 'native=/a', inOutDirectory: false }] },
  ],
  ['rustc-flags=', {}],
  ['rustc-link-arg=-Wl,-z,now', { linkArguments: [{ scope: { kind: 'all' }, value: '-Wl,-z,now' }] }],
  ['rustc-link-arg-bins=-x', { linkArguments: [{ scope: { kind: 'bins' }, value: '-x' }] }],
  ['rustc-link-arg-bin=main=-x=y', { linkArguments: [{ scope: { kind: 'bin', name: 'main' }, value: '-x=y' }] }],
  ['rustc-link-arg-tests=-x', { linkArguments: [{ scope: { kind: 'tests' }, value: '-x' }] }],
  ['rustc-link-arg-benches=-x', { linkArguments: [{ scope: { kind: 'benches' }, value: '-x' }] }],
  ['rustc-link-arg-examples=-x', { linkArguments: [{ scope: { kind: 'examples' }, value: '-x' }] }],
  ['rustc-link-arg-cdylib=-x', { linkArguments: [{ scope: { kind: 'cdylib' }, value: '-x' }] }],
  ['rustc-cdylib-link-arg=-x', { linkArguments: [{ scope: { kind: 'cdylib' }, value: '-x' }] }],
  ['rustc-cfg=fast', { cfgs: ['fast'] }],
  ['rustc-cfg=kind="a b"', { cfgs: ['kind="a b"'] }],
  ['rustc-check-cfg=cfg(kind, values("a"))', { checkCfgs: ['cfg(kind, values("a"))'] }],
  ['rustc-env=GREETING=hello = world', { environment: [['GREETING', 'hello = world']] }],
  ['rustc-env=EMPTY=', { environment: [['EMPTY', '']] }],
  ['warning=mind the gap', { warnings: ['mind the gap'] }],
  ['rerun-if-changed=src/x.c', { rerunIfChanged: ['src/x.c'] }],
  ['rerun-if-env-changed=CC', { rerunIfEnvChanged: ['CC'] }],
];

describe('directives', () => {
  test.each(BOTH_SYNTAXES)('`cargo:%s` and `cargo::%s` mean the same', (data, meaning) => {
    expect(accepted(`cargo:${data}\n`)).toEqual(said(meaning));
    expect(accepted(`cargo::${data}\n`)).toEqual(said(meaning));
  });

  test('metadata is a key of its own in the new syntax and any other key in the old one', () => {
    expect(accepted('cargo::metadata=root=/x=y\ncargo:include=/inc\ncargo:metadata=a=b\ncargo:error=not one').metadata).toEqual([
      ['root', '/x=y'],
      ['include', '/inc'],
      ['metadata', 'a=b'],
      ['error', 'not one'],
    ]);
  });

  test('lines without an instruction are passed over', () => {
    expect(accepted('hello\ncargo\nCargo:x=y\n cargo warning\n\n')).toEqual(SILENT_SCRIPT);
  });

  test('a line is trimmed, a value only at its end', () => {
    expect(accepted('  cargo:rustc-link-lib= foo \t\r\n').linkLibraries).toEqual([' foo']);
  });

  test('a line with a byte order mark is no instruction, as for Rust', () => {
    expect(accepted('\uFEFFcargo:rustc-cfg=a\n\u0085cargo:rustc-cfg=b\u0085')).toEqual(said({ cfgs: ['b'] }));
  });

  test('a line that is not UTF-8 is passed over, the others count', () => {
    const bytes = Buffer.concat([
      Buffer.from('cargo:rustc-cfg=a\ncargo:rustc-cfg='),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\ncargo:rustc-cfg=c'),
    ]);
    expect(accepted(bytes).cfgs).toEqual(['a', 'c']);
  });

  test('cdylib arguments without a cdylib are kept, with a warning', () => {
    const output = accepted('cargo:rustc-cdylib-link-arg=-x', { targets: [target('bin', 'main')] });
    expect(output.linkArguments).toEqual([{ scope: { kind: 'cdylib' }, value: '-x' }]);
    expect(output.warnings[0]).toMatch(/^cargo:rustc-cdylib-link-arg was specified in the build script of demo v0\.1\.0, but that package/);
  });

  test('an indented error is printed by cargo and fails nothing', () => {
    expect(accepted('  cargo::error=no').errors).toEqual(['no']);
  });

  test('nothing that a script can print makes the parser throw, and plain lines never change its meaning', () => {
    const instruction = constantFrom(...BOTH_SYNTAXES.map(([data]) => `cargo::${data}`));
    const noise = string({ unit: 'binary' }).filter((line) => !line.trimStart().startsWith('cargo:') && !line.includes('\n'));
    assert(
      property(array(instruction), array(noise), (instructions, lines) => {
        const mixed = instructions.flatMap((line, index) => [lines[index] ?? '', line]);
        expect(parse([...mixed, ...lines].join('\n'))).toEqual(parse(instructions.join('\n')));
      }),
    );
    assert(property(uint8Array(), (bytes) => parse(bytes).ok));
    assert(property(string(), (rest) => typeof parse(`cargo:${rest}`).ok === 'boolean'));
    assert(property(string(), (rest) => typeof parse(`cargo::${rest}`).ok === 'boolean'));
  });
});

describe('refusals', () => {
  test('a missing `=`', () => {
    expect(refused('cargo::rustc-cfg')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0410",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-cfg",
          ],
          [
            "reason",
            "expected a line with \`cargo::KEY=VALUE\` with an \`=\` character, but none was found",
          ],
        ],
        "hints": [
          "see https://doc.rust-lang.org/cargo/reference/build-scripts.html#outputs-of-the-build-script for what a build script can print",
        ],
        "message": "invalid output in build script of \`demo v0.1.0\`: \`cargo::rustc-cfg\`",
        "severity": "error",
      }
    `);
    expect(refused('cargo:naked')).toMatchObject({
      facts: [
        ['package', 'demo v0.1.0'],
        ['line', 'cargo:naked'],
        ['reason', expect.stringContaining('`cargo:KEY=VALUE`')],
      ],
    });
    expect(refused('cargo::metadata=naked')).toMatchObject({
      facts: [{}, {}, ['reason', expect.stringContaining('`cargo::metadata=KEY=VALUE`')]],
    });
  });

  test('an unknown key of the new syntax', () => {
    expect(refused('cargo::rustc-link-libs=x')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0410",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-link-libs=x",
          ],
          [
            "reason",
            "unknown key: \`rustc-link-libs\`",
          ],
        ],
        "hints": [
          "see https://doc.rust-lang.org/cargo/reference/build-scripts.html#outputs-of-the-build-script for what a build script can print",
        ],
        "message": "invalid output in build script of \`demo v0.1.0\`: \`cargo::rustc-link-libs=x\`",
        "severity": "error",
      }
    `);
  });

  test('other flags than -l and -L', () => {
    expect(refused('cargo::rustc-flags=-l x --cfg y')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0410",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-flags=-l x --cfg y",
          ],
        ],
        "hints": [
          "give other linker flags with \`cargo::rustc-link-arg=FLAG\`",
        ],
        "message": "only \`-l\` and \`-L\` flags are allowed in build script of \`demo v0.1.0\`: \`-l x --cfg y\`",
        "severity": "error",
      }
    `);
    expect(refused('cargo::rustc-flags=-l x -L')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0410",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-flags=-l x -L",
          ],
          [
            "reason",
            "\`-L\` is the last word",
          ],
        ],
        "hints": [
          "write \`cargo::rustc-flags=-L VALUE\`",
        ],
        "message": "flag in rustc-flags has no value in build script of \`demo v0.1.0\`",
        "severity": "error",
      }
    `);
  });

  test('a variable without a value', () => {
    expect(refused('cargo::rustc-env=NAME')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0410",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-env=NAME",
          ],
        ],
        "hints": [
          "write \`cargo::rustc-env=NAME=VALUE\`",
        ],
        "message": "variable rustc-env has no value in build script of \`demo v0.1.0\`: \`NAME\`",
        "severity": "error",
      }
    `);
  });

  test('arguments for targets that do not exist', () => {
    const library = { targets: [target('lib', 'demo')] };
    expect(refused('cargo::rustc-link-arg-bins=-x', library)).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0411",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-link-arg-bins=-x",
          ],
          [
            "reason",
            "the package demo v0.1.0 does not have a bin target",
          ],
        ],
        "hints": [
          "print the instruction only when the package has such a target, or use \`cargo::rustc-link-arg=FLAG\` for all of them",
        ],
        "message": "invalid instruction \`cargo::rustc-link-arg-bins\` from build script of \`demo v0.1.0\`",
        "severity": "error",
      }
    `);
    expect(refused('cargo:rustc-link-arg-bin=other=-x')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0411",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo:rustc-link-arg-bin=other=-x",
          ],
          [
            "reason",
            "the package demo v0.1.0 does not have a bin target with the name \`other\`",
          ],
        ],
        "hints": [
          "print the instruction only when the package has such a target, or use \`cargo::rustc-link-arg=FLAG\` for all of them",
        ],
        "message": "invalid instruction \`cargo:rustc-link-arg-bin\` from build script of \`demo v0.1.0\`",
        "severity": "error",
      }
    `);
    expect(refused('cargo:rustc-link-arg-bin=-x')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0410",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo:rustc-link-arg-bin=-x",
          ],
          [
            "reason",
            "the instruction should have the form \`cargo:rustc-link-arg-bin=BIN=ARG\`",
          ],
        ],
        "hints": [
          "see https://doc.rust-lang.org/cargo/reference/build-scripts.html#outputs-of-the-build-script for what a build script can print",
        ],
        "message": "invalid instruction \`cargo:rustc-link-arg-bin=-x\` from build script of \`demo v0.1.0\`",
        "severity": "error",
      }
    `);
    for (const kind of ['tests', 'benches', 'examples'])
      expect(refused(`cargo:rustc-link-arg-${kind}=-x`, library)).toMatchObject({ code: 'F0411' });
  });

  test('the new syntax in a package for an older Rust', () => {
    expect(refused('cargo::rustc-cfg=x', { rustVersion: '1.76' })).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0412",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-cfg=x",
          ],
        ],
        "hints": [
          "switch to the old \`cargo:rustc-cfg=x\` syntax (note the single colon)",
          "see https://doc.rust-lang.org/cargo/reference/build-scripts.html#outputs-of-the-build-script for what a build script can print",
        ],
        "message": "the \`cargo::\` syntax for build script output instructions was added in Rust 1.77.0, but the minimum supported Rust version of \`demo v0.1.0\` is 1.76",
        "severity": "error",
      }
    `);
    expect(refused('cargo::metadata=a=b', { rustVersion: '1.60.1' })).toMatchObject({
      hints: [expect.stringContaining('`cargo:a=b`'), {}],
    });
    expect(refused('cargo::nonsense', { rustVersion: '1' })).toMatchObject({
      code: 'F0412',
      hints: [expect.stringContaining('see https://')],
    });
    expect(accepted('cargo::rustc-cfg=x', { rustVersion: '1.77' }).cfgs).toEqual(['x']);
    expect(accepted('cargo:rustc-cfg=x', { rustVersion: '1.31' }).cfgs).toEqual(['x']);
  });

  test('RUSTC_BOOTSTRAP, unless the toolchain is nightly or the build allows it for this library', () => {
    const line = 'cargo::rustc-env=RUSTC_BOOTSTRAP=1';
    expect(refused(line)).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0413",
        "facts": [
          [
            "package",
            "demo v0.1.0",
          ],
          [
            "line",
            "cargo::rustc-env=RUSTC_BOOTSTRAP=1",
          ],
          [
            "reason",
            "crates cannot set \`RUSTC_BOOTSTRAP\` themselves, as doing so would subvert the stability guarantees of Rust for your project",
          ],
        ],
        "hints": [
          "if you're sure you want to do this in your project, set the environment variable \`RUSTC_BOOTSTRAP=demo_lib\` instead",
        ],
        "message": "cannot set \`RUSTC_BOOTSTRAP=1\` from build script of \`demo v0.1.0\`",
        "severity": "error",
      }
    `);
    expect(refused(line, { bootstrap: { nightly: false, allowed: 'other' } })).toMatchObject({ code: 'F0413' });
    for (const bootstrap of [
      { nightly: true, allowed: undefined },
      { nightly: false, allowed: 'x,demo_lib' },
    ]) {
      const output = accepted(line, { bootstrap });
      expect(output.environment).toEqual([]);
      expect(output.warnings[0]).toMatch(/^cannot set `RUSTC_BOOTSTRAP=1` from build script of `demo v0\.1\.0`\.\nnote: /);
    }
  });

  test('errors the script reports, with its warnings, before anything else is looked at', () => {
    expect(refused('cargo::warning=odd\ncargo::error=bad\ncargo::unknown=x\ncargo::error=worse')).toMatchInlineSnapshot(`
      [
        {
          "blame": "build",
          "code": "F0415",
          "message": "build script of \`demo v0.1.0\` warns: odd",
          "severity": "warning",
        },
        {
          "blame": "build",
          "code": "F0414",
          "message": "build script of \`demo v0.1.0\` logged an error: bad",
          "severity": "error",
        },
        {
          "blame": "build",
          "code": "F0414",
          "message": "build script of \`demo v0.1.0\` logged an error: worse",
          "severity": "error",
        },
      ]
    `);
    expect(refused('cargo::error=bad', { rustVersion: '1.31' })).toMatchObject({ code: 'F0414' });
  });
});

test('messages of a failed script are read without judging the rest', () => {
  const stdout = Buffer.from('cargo:warning=a\r\ncargo::error=b=c\n cargo:warning=indented\ncargo:error=metadata\ncargo::unknown=x');
  expect(scriptMessages(stdout)).toEqual({ warnings: ['a'], errors: ['b=c'] });
});

test('a warning names its package', () => {
  expect(scriptWarnings(said({ warnings: ['mind the gap'] }), 'demo v0.1.0')).toMatchInlineSnapshot(`
    [
      {
        "blame": "build",
        "code": "F0415",
        "message": "build script of \`demo v0.1.0\` warns: mind the gap",
        "severity": "warning",
      },
    ]
  `);
});
