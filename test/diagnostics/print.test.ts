import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Diagnostic, Span } from '../../src/diagnostics/diagnostic.ts';
import { printDiagnostic, printDiagnostics } from '../../src/diagnostics/print.ts';
import { sortDiagnostics } from '../../src/diagnostics/sort.ts';

const plain = { colour: false } as const;

function spanOf(text: string, marked: string, file = 'Cargo.toml'): Span {
  const start = text.indexOf(marked);
  if (start < 0) throw new Error(`internal: \`${marked}\` is not in the text`);
  return { file, text, start, end: start + marked.length };
}

function diagnostic(rest: Partial<Diagnostic>): Diagnostic {
  return { code: 'F9901', severity: 'error', blame: 'input', message: 'something is wrong', ...rest };
}

describe('a printed diagnostic', () => {
  test('shows place, line, caret, facts and hints', () => {
    const text = '[package]\nname = "app"\n[workspace]\nmembers = ["crates/core"]\n';
    const printed = printDiagnostic(
      diagnostic({
        message: 'workspace member `crates/core` is not in `Cargo.lock`',
        span: spanOf(text, '"crates/core"'),
        facts: [
          ['member', 'crates/core'],
          ['lock', 'Cargo.lock, version 4'],
        ],
        hints: ['run `cargo update --workspace`, then `ferrule build` again'],
      }),
      plain,
    );
    expect(printed).toMatchInlineSnapshot(`
      "error[F9901]: workspace member \`crates/core\` is not in \`Cargo.lock\`
        --> Cargo.toml:4:12
         4 | members = ["crates/core"]
           |            ^^^^^^^^^^^^^
        member  crates/core
        lock    Cargo.lock, version 4
      hint: run \`cargo update --workspace\`, then \`ferrule build\` again
      "
    `);
  });

  test('puts the caret below the character after tabs and wide characters', () => {
    const text = '\tname = "日本語" # ñ\u0301 oops\n';
    expect(printDiagnostic(diagnostic({ span: spanOf(text, 'oops') }), plain)).toMatchInlineSnapshot(`
      "error[F9901]: something is wrong
        --> Cargo.toml:1:20
         1 |     name = "日本語" # ñ́ oops
           |                         ^^^^
      "
    `);
    expect(printDiagnostic(diagnostic({ span: spanOf(text, '日本') }), plain)).toContain('|             ^^^^\n');
  });

  test('marks every line of a span of several lines, and leaves out the middle of a long one', () => {
    const text = 'members = [\n  "a",\n  "b"\n]\n';
    expect(printDiagnostic(diagnostic({ span: { file: 'Cargo.toml', text, start: 10, end: text.length - 1 } }), plain))
      .toMatchInlineSnapshot(`
      "error[F9901]: something is wrong
        --> Cargo.toml:1:11
         1 | members = [
           |           ^
         2 |   "a",
           |   ^^^^
         3 |   "b"
           |   ^^^
         4 | ]
           | ^
      "
    `);
    const long = Array.from({ length: 120 }, (_, index) => `line ${index + 1}`).join('\n');
    expect(printDiagnostic(diagnostic({ span: { file: 'x', text: long, start: 5, end: long.length } }), plain)).toMatchInlineSnapshot(`
      "error[F9901]: something is wrong
        --> x:1:6
         1 | line 1
           |      ^
       ...
       120 | line 120
           | ^^^^^^^^
      "
    `);
  });

  test('shows one caret for an empty span, also at the end of the text', () => {
    const text = 'a = \n';
    expect(printDiagnostic(diagnostic({ span: { file: 'x', text, start: 4, end: 4 } }), plain)).toContain(
      '  --> x:1:5\n   1 | a =\n     |     ^\n',
    );
    expect(printDiagnostic(diagnostic({ span: { file: 'x', text, start: 5, end: 5 } }), plain)).toContain(
      '  --> x:2:1\n   2 |\n     | ^\n',
    );
  });

  test('cuts a very long line around the span', () => {
    const text = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`;
    const lines = printDiagnostic(diagnostic({ span: spanOf(text, 'HERE') }), plain).split('\n');
    const source = lines.find((line) => line.includes('HERE')) ?? '';
    const carets = lines.find((line) => line.includes('^^^^')) ?? '';
    expect(source.length).toBeLessThan(180);
    expect(carets.indexOf('^')).toBe(source.indexOf('HERE'));
  });

  test('shows related places and facts of several lines', () => {
    const text = 'a = 1\na = 2\n';
    const printed = printDiagnostic(
      diagnostic({
        severity: 'warning',
        message: 'key `a` is given twice',
        span: spanOf(text, 'a = 2'),
        related: [{ message: 'first given here', span: spanOf(text, 'a = 1') }],
        facts: [['needed by', 'one\ntwo']],
        hints: ['remove one:\n`a = 1`'],
      }),
      plain,
    );
    expect(printed).toMatchInlineSnapshot(`
      "warning[F9901]: key \`a\` is given twice
        --> Cargo.toml:2:1
         2 | a = 2
           | ^^^^^
        needed by  one
                   two
      note: first given here
        --> Cargo.toml:1:1
         1 | a = 1
           | ^^^^^
      hint: remove one:
            \`a = 1\`
      "
    `);
  });

  test('colours label, carets and hint, and nothing else changes', () => {
    const subject = diagnostic({ span: spanOf('a = 1', '1'), hints: ['do it'] });
    const coloured = printDiagnostic(subject, { colour: true });
    expect(coloured).toContain('\u001B[1;31merror[F9901]\u001B[0m');
    expect(coloured).toContain('\u001B[1;31m^\u001B[0m');
    expect(coloured).toContain('\u001B[1;36mhint\u001B[0m: do it');
    expect(stripVTControlCharacters(coloured)).toBe(printDiagnostic(subject, plain));
  });

  test('lets no control character of a manifest reach the terminal', () => {
    const hostile = 'name = "\u001B[2Jevil\u0007\u202E"';
    const printed = printDiagnostic(
      diagnostic({
        message: `crate \`\u001B]0;owned\u0007x\``,
        span: spanOf(hostile, 'evil', 'a\u001B[1mb'),
        facts: [['\u009B2J', '\r\u001B[A']],
      }),
      plain,
    );
    expect(printed).not.toMatch(/[^\P{Cc}\n]/u);
    expect(printed).not.toContain('\u202E');
    expect(printed).toMatchInlineSnapshot(`
      "error[F9901]: crate \`x\`
        --> ab:1:13
         1 | name = "�[2Jevil��"
           |             ^^^^
        �2J  �
      "
    `);
  });

  test('passes compiler output through with its colours, before the message when the build is to blame', () => {
    const output = '\u001B[1;31merror\u001B[0m: \u001B[2Kmismatched types\r\n 10%\r 20%\r100%\n';
    const build = diagnostic({ code: 'F9902', blame: 'build', message: '`app` does not compile', output });
    expect(printDiagnostic(build, { colour: true })).toContain('\u001B[1;31merror\u001B[0m: mismatched types\n100%');
    expect(printDiagnostic(build, plain)).toBe('error: mismatched types\n100%\nerror[F9902]: `app` does not compile\n');
    const script = { ...build, message: 'failed to run', output: 'Caused by:\n  exit status: 1\n' };
    expect(printDiagnostic(script, plain)).toBe('error[F9902]: failed to run\nCaused by:\n  exit status: 1\n');
    const input = diagnostic({ message: '`cargo metadata` failed', output: 'error: no lock\n', hints: ['run it'] });
    expect(printDiagnostic(input, plain)).toBe('error[F9901]: `cargo metadata` failed\nerror: no lock\nhint: run it\n');
  });
});

describe('several diagnostics', () => {
  const text = 'a\nb\n';
  const at = (start: number, file: string): Span => ({ file, text, start, end: start + 1 });

  test('print in one order whatever order they came in, equal ones once', () => {
    const all = [
      diagnostic({ message: 'z', span: at(2, 'a.toml') }),
      diagnostic({ message: 'b' }),
      diagnostic({ message: 'a', span: at(0, 'b.toml') }),
      diagnostic({ message: 'z', span: at(0, 'a.toml') }),
      diagnostic({ message: 'b' }),
      diagnostic({ code: 'F9900', message: 'z', span: at(0, 'a.toml') }),
    ];
    const expected = sortDiagnostics(all);
    expect(expected.map(({ code, message, span }) => `${span?.file ?? '-'}:${span?.start ?? 0} ${code} ${message}`)).toEqual([
      '-:0 F9901 b',
      'a.toml:0 F9900 z',
      'a.toml:0 F9901 z',
      'a.toml:2 F9901 z',
      'b.toml:0 F9901 a',
    ]);
    expect(sortDiagnostics(all.toReversed())).toEqual(expected);
    expect(printDiagnostics(all.slice(1, 3), plain)).toBe('error[F9901]: b\n\nerror[F9901]: a\n  --> b.toml:1:1\n   1 | a\n     | ^\n');
    expect(printDiagnostics([], plain)).toBe('');
  });
});
