import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenizeRust } from '../../src/source/rust-lexer.ts';
import { scanRust } from '../../src/source/rust-scan.ts';

function words(text: string): readonly string[] {
  return tokenizeRust(text)
    .filter((token) => token.kind === 'word')
    .map((token) => token.text);
}

function strings(text: string): readonly string[] {
  return tokenizeRust(text)
    .filter((token) => token.kind === 'string')
    .map((token) => token.text);
}

describe('the lexer', () => {
  test('skips comments, nested ones too', () => {
    expect(words('a // b\nc /* d /* e */ f */ g')).toEqual(['a', 'c', 'g']);
  });

  test('skips an unfinished comment to the end', () => {
    expect(words('a /* b /* c */ d')).toEqual(['a']);
  });

  test('tells lifetimes and labels from character literals', () => {
    expect(words(`fn f<'a>(x: &'a str) { 'l: loop { let c = 'x'; let q = '\\''; let d = '"'; break 'l } } after`)).toEqual([
      'fn',
      'f',
      'x',
      'str',
      'loop',
      'let',
      'c',
      'let',
      'q',
      'let',
      'd',
      'break',
      'after',
    ]);
  });

  test('reads characters beyond the basic plane and escapes of them', () => {
    expect(words(`a '😀' b '\\u{1F600}' c '\\\\' d b'\\'' e`)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('reads strings of every prefix', () => {
    expect(strings(`"a" b"b" c"c" r"d\\" r#"e"e"# br##"f"#f"## cr"g"`)).toEqual(['a', 'b', 'c', 'd\\', 'e"e', 'f"#f', 'g']);
  });

  test('resolves escapes', () => {
    expect(
      strings(String.raw`"a\"b\\c\x41\u{42}\n" "x\
        y"`),
    ).toEqual(['a"b\\cAB\n', 'xy']);
  });

  test('reads raw identifiers as words that are no keywords', () => {
    expect(tokenizeRust('r#mod x').map(({ text, raw }) => [text, raw])).toEqual([
      ['mod', true],
      ['x', undefined],
    ]);
  });

  test('skips a shebang line but not an inner attribute', () => {
    expect(words('#!/usr/bin/env run\na')).toEqual(['a']);
    expect(words('#![allow(x)]\na')).toEqual(['allow', 'x', 'a']);
  });
});

test('the lexer finds exactly the words that stand outside comments and literals', () => {
  const inner = fc.stringMatching(/^[a-z {}()/*;!#]{0,12}$/);
  const quiet = fc.oneof(
    inner.map((text) => `// ${text}\n`),
    nestedComment(3),
    inner.map((text) => `"${text}\\"${text}"`),
    inner.filter((text) => !text.includes('#')).map((text) => `r#"${text}" ${text}"#`),
    inner.map((text) => `b"${text}"`),
    fc.constantFrom(`'"'`, `'\\''`, `'/'`, `b'"'`, `'x'`, `'\\\\'`, `&'static`, `'l:`),
  );
  const piece = fc.oneof(
    quiet.map((text) => ({ text, word: undefined })),
    fc.nat(999).map((n) => ({ text: `w${n}`, word: `w${n}` })),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      expect(words(pieces.map((part) => part.text).join(' '))).toEqual(pieces.flatMap((part) => part.word ?? []));
    }),
    { numRuns: 1000 },
  );
});

function nestedComment(depth: number): fc.Arbitrary<string> {
  const text = fc.stringMatching(/^[a-z "'{}();!#]{0,8}$/);
  if (depth === 0) return text.map((content) => `/* ${content} */`);
  return fc
    .tuple(text, fc.array(nestedComment(depth - 1), { maxLength: 2 }), text)
    .map(([before, within, after]) => `/* ${before}${within.join('')}${after} */`);
}

describe('the scan', () => {
  test('finds modules and the inline modules around them', () => {
    const scan = scanRust('mod a; pub mod b { pub(crate) mod c; fn f() { mod d; } } mod r#async; // mod no;');
    expect(scan.modules).toEqual([
      { name: 'a', inline: [] },
      { name: 'c', inline: ['b'] },
      { name: 'd', inline: ['b'] },
      { name: 'async', inline: [] },
    ]);
    expect(scan.macroModules).toBe(false);
  });

  test('finds modules inside macro calls', () => {
    expect(scanRust('cfg_if! { if #[cfg(unix)] { mod unix; } else { mod other; } }').modules.map((module) => module.name)).toEqual([
      'unix',
      'other',
    ]);
  });

  test('says when a macro makes modules', () => {
    expect(scanRust('macro_rules! m { ($n:ident) => { mod $n; } }').macroModules).toBe(true);
    expect(scanRust('#[path = "x"] mod inline { mod a; }').macroModules).toBe(true);
  });

  test('finds path attributes, conditional ones too', () => {
    const scan = scanRust('#[path = "x/y.rs"] mod y; #[cfg_attr(unix, path = "u.rs")] #[cfg_attr(windows, path = "w.rs")] mod sys;');
    expect(scan.paths.map(({ path }) => path)).toEqual(['x/y.rs', 'u.rs', 'w.rs']);
  });

  test('finds includes of literals and of concatenations', () => {
    const scan = scanRust(`
      #![doc = include_str!("../README.md")]
      const A: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/", "a.txt"));
      const B: &[u8] = include_bytes! { r"b.bin" };
      include!(concat!(env!("OUT_DIR"), "/gen.rs"));
      include!(concat!("x/", stringify!(y), ".rs"));
      std::include!["c.rs"];
    `);
    expect(scan.includes.map(({ code, base, path }) => [code, base, path])).toEqual([
      [false, 'file', '../README.md'],
      [false, 'manifest', '/data/a.txt'],
      [false, 'file', 'b.bin'],
      [true, 'file', 'c.rs'],
    ]);
  });

  test('says where an include is', () => {
    const text = 'const A: &str = include_str!(concat!("a", ".txt"));';
    const include = scanRust(text).includes[0];
    expect(text.slice(include?.start, include?.end)).toBe('concat!("a", ".txt")');
  });

  test('does not take an include in a comment or a string for one', () => {
    expect(scanRust('/// include_str!("a")\nconst X: &str = "include_str!(\\"b\\")";').includes).toEqual([]);
  });

  test('finds names read from the environment', () => {
    expect(scanRust('env!("B"); option_env!("A"); std::env::var("C"); env!("B", "message")').environment).toEqual(['A', 'B']);
  });

  test('finds climbing literals without what stands before the climb', () => {
    expect(scanRust(`"../proto/a.proto" "{}/../x" "$CARGO_MANIFEST_DIR/../y" "a/../b" ".." "see ../x"`).climbing).toEqual([
      '../proto/a.proto',
      '../x',
      '../y',
    ]);
  });

  test('finds what macros and attributes of well-known crates name', () => {
    expect(
      scanRust(`
        static D: Dir = include_dir!("$CARGO_MANIFEST_DIR/../web");
        query_file_as!(Row<'_>, "queries/a.sql", id);
        #[derive(Embed)] #[folder = "dist/"] struct A;
        #[grammar = "a.pest"] struct B;
      `).named,
    ).toEqual([
      { base: 'manifest', path: '../web' },
      { base: 'manifest', path: 'queries/a.sql' },
      { base: 'manifest', path: 'dist/' },
      { base: 'src', path: 'a.pest' },
    ]);
  });
});
