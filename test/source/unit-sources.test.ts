import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CompileNeeds } from '../../src/source/unit-sources.ts';
import { temporaryDirectory } from '../repository/temporary-directory.ts';
import { sourcesOf, target } from './source-rig.ts';

const PLAIN: CompileNeeds = { procMacros: false, readsManifest: false, inputs: [] };

function compile(options: {
  readonly files: Readonly<Record<string, string>>;
  readonly targets: Readonly<Record<string, string>>;
  readonly of: string;
  readonly package?: string;
  readonly needs?: Partial<CompileNeeds>;
}): readonly string[] {
  const root = temporaryDirectory(options.files);
  const packageRoot = options.package === undefined ? root : `${root}/${options.package}`;
  const targets = Object.entries(options.targets).map(([path, kind]) => target(packageRoot, kind, path));
  const own = targets.find((candidate) => candidate.sourcePath.endsWith(`/${options.of}`));
  if (own === undefined) throw new Error('no such target');
  return sourcesOf({ root, package: options.package ?? '', targets }).forCompile(own, { ...PLAIN, ...options.needs }).files;
}

const PACKAGE = {
  'Cargo.toml': '',
  'Cargo.lock': '',
  'README.md': '',
  'LICENSE-MIT': '',
  '.rustfmt.toml': '',
  'build.rs': 'fn main() {}',
  'src/lib.rs': 'mod a; mod b;',
  'src/a.rs': '',
  'src/b/mod.rs': 'mod inner;',
  'src/b/inner.rs': '',
  'src/main.rs': 'mod cli;',
  'src/cli.rs': '',
  'src/bin/tool.rs': '',
  'src/bin/other/main.rs': 'mod part;',
  'src/bin/other/part.rs': '',
  'src/page.html': '',
  'src/unnamed.rs': '',
  'migrations/1.sql': '',
  'tests/it.rs': 'mod common;',
  'tests/common/mod.rs': '',
  'tests/data.json': '',
  'examples/demo.rs': '',
};
const TARGETS = {
  'src/lib.rs': 'lib',
  'src/main.rs': 'bin',
  'src/bin/tool.rs': 'bin',
  'src/bin/other/main.rs': 'bin',
  'tests/it.rs': 'test',
  'examples/demo.rs': 'example',
  'build.rs': 'custom-build',
};

function of(path: string): readonly string[] {
  return compile({ files: PACKAGE, targets: TARGETS, of: path });
}

/** Sources of a library with this text, in a package `p`. */
function named(lib: string, files: Readonly<Record<string, string>>): readonly string[] {
  return compile({
    files: { 'p/Cargo.toml': '', 'p/src/lib.rs': lib, ...files },
    targets: { 'src/lib.rs': 'lib' },
    of: 'src/lib.rs',
    package: 'p',
  });
}

describe('which files of its package a target reads', () => {
  test('a library: its modules, files nobody claims, and what is no code', () => {
    expect(of('src/lib.rs')).toEqual([
      'migrations/1.sql',
      'src/a.rs',
      'src/b/inner.rs',
      'src/b/mod.rs',
      'src/lib.rs',
      'src/page.html',
      'src/unnamed.rs',
    ]);
  });

  test('a program beside the library: not the modules of the library', () => {
    expect(of('src/main.rs')).toEqual(['migrations/1.sql', 'src/cli.rs', 'src/main.rs', 'src/page.html', 'src/unnamed.rs']);
  });

  test('a program in src/bin: not its neighbours', () => {
    expect(of('src/bin/tool.rs')).toEqual(['migrations/1.sql', 'src/bin/tool.rs', 'src/page.html', 'src/unnamed.rs']);
  });

  test('a program with a directory of its own: that directory', () => {
    expect(of('src/bin/other/main.rs')).toContain('src/bin/other/part.rs');
  });

  test('a test: the files of the tests directory', () => {
    expect(of('tests/it.rs')).toEqual([
      'migrations/1.sql',
      'src/page.html',
      'src/unnamed.rs',
      'tests/common/mod.rs',
      'tests/data.json',
      'tests/it.rs',
    ]);
  });

  test('a build script: no assets, unless a procedural macro may read them', () => {
    expect(of('build.rs')).toEqual(['build.rs', 'src/unnamed.rs']);
    expect(compile({ files: PACKAGE, targets: TARGETS, of: 'build.rs', needs: { procMacros: true } })).toContain('migrations/1.sql');
  });

  test('manifests only for those who read them', () => {
    const files = { ...PACKAGE, 'Cargo.toml': '' };
    expect(compile({ files, targets: TARGETS, of: 'src/lib.rs', needs: { readsManifest: true } })).toContain('Cargo.toml');
  });

  test('a module that two targets name belongs to both', () => {
    const files = { 'Cargo.toml': '', 'src/lib.rs': 'mod shared;', 'src/main.rs': 'mod shared;', 'src/shared.rs': '' };
    const targets = { 'src/lib.rs': 'lib', 'src/main.rs': 'bin' };
    expect(compile({ files, targets, of: 'src/lib.rs' })).toContain('src/shared.rs');
    expect(compile({ files, targets, of: 'src/main.rs' })).toContain('src/shared.rs');
  });

  test('where macros make modules only the other roots are ruled out', () => {
    const files = {
      'Cargo.toml': '',
      'src/lib.rs': 'macro_rules! m { ($n:ident) => { mod $n; } } m!(cli);',
      'src/main.rs': 'mod cli;',
      'src/cli.rs': '',
    };
    expect(compile({ files, targets: { 'src/lib.rs': 'lib', 'src/main.rs': 'bin' }, of: 'src/lib.rs' })).toEqual([
      'src/cli.rs',
      'src/lib.rs',
    ]);
  });

  test('macros of a test do not give it the modules of the library', () => {
    const files = {
      'Cargo.toml': '',
      'src/lib.rs': 'mod a;',
      'src/a.rs': '',
      'tests/it.rs': 'macro_rules! m { ($n:ident) => { mod $n; } } m!(x);',
      'tests/x.rs': '',
    };
    expect(compile({ files, targets: { 'src/lib.rs': 'lib', 'tests/it.rs': 'test' }, of: 'tests/it.rs' })).toEqual([
      'tests/it.rs',
      'tests/x.rs',
    ]);
  });

  test('a program that takes another root as a module gets it', () => {
    const files = { 'Cargo.toml': '', 'src/bin/a.rs': 'mod b;', 'src/bin/b.rs': '' };
    expect(compile({ files, targets: { 'src/bin/a.rs': 'bin', 'src/bin/b.rs': 'bin' }, of: 'src/bin/a.rs' })).toEqual([
      'src/bin/a.rs',
      'src/bin/b.rs',
    ]);
  });
});

describe('what sources name', () => {
  test('a README that is included is read', () => {
    expect(named('#![doc = include_str!("../README.md")]', { 'p/README.md': '' })).toEqual(['p/README.md', 'p/src/lib.rs']);
  });

  test('files of the tests that unit tests include are read', () => {
    expect(named('#[cfg(test)] const X: &[u8] = include_bytes!("../tests/x.bin");', { 'p/tests/x.bin': '' })).toContain('p/tests/x.bin');
  });

  test('files outside the package are read, and what they name in turn', () => {
    const files = { 'shared/a.rs': 'include!("b.rs"); mod c;', 'shared/b.rs': '', 'shared/c.rs': '', 'shared/d.rs': '' };
    expect(named('#[path = "../../shared/a.rs"] mod a;', files)).toEqual(['p/src/lib.rs', 'shared/a.rs', 'shared/b.rs', 'shared/c.rs']);
  });

  test('a module that git ignores is read', () => {
    expect(named('mod generated;', { '.gitignore': 'generated.rs', 'p/src/generated.rs': '', 'p/src/.keep': '' })).toContain(
      'p/src/generated.rs',
    );
  });

  test('a directory that a macro embeds is read, although git ignores it', () => {
    expect(
      named('#[derive(Embed)] #[folder = "../web/dist"] struct A;', { '.gitignore': 'dist', 'web/dist/a.js': '', 'web/dist/x/b.js': '' }),
    ).toEqual(['p/src/lib.rs', 'web/dist/a.js', 'web/dist/x/b.js']);
  });

  test('a climbing literal that hits a file outside the package is read, one that hits a directory is not', () => {
    expect(named('shader!("../wgsl/a.wgsl"); const D: &str = "../wgsl";', { 'wgsl/a.wgsl': '', 'wgsl/b.wgsl': '' })).toEqual([
      'p/src/lib.rs',
      'wgsl/a.wgsl',
    ]);
  });

  test('modules below inline modules are found', () => {
    expect(named('mod a { mod b; #[path = "d.rs"] mod c; }', { 'p/src/a/b.rs': '', 'p/src/a/d.rs': '' })).toEqual([
      'p/src/a/b.rs',
      'p/src/a/d.rs',
      'p/src/lib.rs',
    ]);
  });

  test('names read from the environment are reported', () => {
    const root = temporaryDirectory({ 'Cargo.toml': '', 'src/lib.rs': 'mod a;', 'src/a.rs': 'option_env!("GIT_SHA")' });
    const lib = target(root, 'lib', 'src/lib.rs');
    expect(sourcesOf({ root, package: '', targets: [lib] }).forCompile(lib, PLAIN).environment).toEqual(['GIT_SHA']);
  });

  test('an include from outside the anchor is reported with its place', () => {
    const outside = temporaryDirectory({ 'secret.txt': '' });
    const root = temporaryDirectory({ 'Cargo.toml': '', 'src/lib.rs': `const X: &str = include_str!("${outside}/secret.txt");` });
    const lib = target(root, 'lib', 'src/lib.rs');
    const sources = sourcesOf({ root, package: '', targets: [lib] }).forCompile(lib, PLAIN);
    expect(sources.files).toEqual(['src/lib.rs']);
    const [diagnostic] = sources.outside;
    expect(diagnostic?.code).toBe('F0311');
    expect(diagnostic?.message).toMatchInlineSnapshot(`"\`src/lib.rs\` includes a file outside the repository"`);
    expect(diagnostic?.span?.text.slice(diagnostic.span.start, diagnostic.span.end)).toBe(`"${outside}/secret.txt"`);
  });
});

describe('what a build script may read when it runs', () => {
  test('the whole package, and what it names outside', () => {
    const root = temporaryDirectory({
      'p/Cargo.toml': '',
      'p/README.md': '',
      'p/src/lib.rs': '',
      'p/tests/it.rs': '',
      'p/build.rs': 'fn main() { tonic_build::compile(&["../proto/a.proto"], &["../proto"]) }',
      'p/target/x': '',
      'p/nested/Cargo.toml': '',
      'p/nested/src/lib.rs': '',
      'proto/a.proto': '',
      'proto/b.proto': '',
      'other/x': '',
    });
    const script = target(`${root}/p`, 'custom-build', 'build.rs');
    expect(sourcesOf({ root, package: 'p', targets: [script] }).forScriptRun(script, []).files).toEqual([
      'p/Cargo.toml',
      'p/README.md',
      'p/build.rs',
      'p/src/lib.rs',
      'p/tests/it.rs',
      'proto/a.proto',
      'proto/b.proto',
    ]);
  });

  test('a literal that only climbs does not take in the repository', () => {
    const root = temporaryDirectory({ 'p/Cargo.toml': '', 'p/build.rs': 'const R: &str = "../"; const S: &str = "../..";', 'x/y': '' });
    const script = target(`${root}/p`, 'custom-build', 'build.rs');
    expect(sourcesOf({ root, package: 'p', targets: [script] }).forScriptRun(script, []).files).toEqual(['p/Cargo.toml', 'p/build.rs']);
  });

  test('inputs of an override: files, directories and patterns', () => {
    const root = temporaryDirectory({
      'p/Cargo.toml': '',
      'p/build.rs': '',
      '.gitignore': 'gen',
      'gen/a': '',
      'gen/b/c': '',
      'idl/x.idl': '',
      'idl/deep/y.idl': '',
      'idl/z.txt': '',
    });
    symlinkSync('/etc', `${root}/gen/link`);
    const script = target(`${root}/p`, 'custom-build', 'build.rs');
    const files = sourcesOf({ root, package: 'p', targets: [script] }).forScriptRun(script, [
      '../gen',
      '../idl/**/*.idl',
      '../missing',
      '/etc/hosts',
    ]).files;
    expect(files).toEqual(['gen/a', 'gen/b/c', 'idl/deep/y.idl', 'idl/x.idl', 'missing', 'p/Cargo.toml', 'p/build.rs']);
  });
});
