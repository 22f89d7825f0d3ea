import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPackingRig, type PackingRig } from './packing-rig.ts';
import { libraryManifest } from './written-project.ts';

describe('a wheel of ours is maturin’s', { timeout: 60_000 }, () => {
  let rig: PackingRig;
  beforeAll(async () => {
    rig = await openPackingRig();
  }, 180_000);
  afterAll(() => rig.dispose());

  it('with Python beside the extension, and everything that can be said of a project', () => {
    const project = rig.written({
      'pyproject.toml': FULL,
      'Cargo.toml': libraryManifest('full-crate', {
        fields: 'description = "not this one"\nauthors = ["Crate <c@example.org>"]\nkeywords = ["x", "y"]',
      }),
      'src/lib.rs': '',
      'README.rst': 'Full\n====\n\nWith ünïcode.\n',
      'LICENSE-MIT': 'MIT\n',
      'licenses/third.txt': 'third\n',
      NOTICE: 'not asked for\n',
      'python/full/__init__.py': '',
      'python/full/py.typed': '',
      'python/full/_native.pyi': 'x: int\n',
      'python/full/_native.abi3.so': 'left behind by maturin develop',
      'python/full/data/table.csv': 'a,b\n',
      'python/full/data/left-out.csv': 'a,b\n',
      'python/full/.hidden': '',
      'python/tests/test_full.py': '',
      'python/other/__init__.py': '',
      'extra/notes.txt': 'notes\n',
      'extra/deep/er/notes.txt': 'notes\n',
      'sdist-only.txt': '',
      'wheel.data/scripts/tool': '#!python\nprint(1)\n',
      'wheel.data/data/share/full/doc.txt': 'doc\n',
      'documents/parts.spdx.json': '{}\n',
    });
    symlinkSync('../../extra/notes.txt', join(project.directory, 'python/full/linked.txt'));
    symlinkSync('../../extra', join(project.directory, 'python/full/linked-directory'));
    const { problems, ours } = rig.both(project);
    expect(problems).toEqual([]);
    expect([...ours.files.keys()]).toMatchInlineSnapshot(`
      [
        "extra/notes.txt",
        "full/.hidden",
        "full/__init__.py",
        "full/_native.cpython-311-x86_64-linux-gnu.so",
        "full/_native.pyi",
        "full/data/table.csv",
        "full/linked.txt",
        "full/py.typed",
        "full_crate-1.0rc1.data/data/share/full/doc.txt",
        "full_crate-1.0rc1.data/scripts/tool",
        "other/__init__.py",
        "full_crate-1.0rc1.dist-info/METADATA",
        "full_crate-1.0rc1.dist-info/WHEEL",
        "full_crate-1.0rc1.dist-info/entry_points.txt",
        "full_crate-1.0rc1.dist-info/licenses/LICENSE-MIT",
        "full_crate-1.0rc1.dist-info/licenses/licenses/third.txt",
        "full_crate-1.0rc1.dist-info/sboms/parts.spdx.json",
        "full_crate-1.0rc1.dist-info/RECORD",
      ]
    `);
    expect(ours.files.get('full_crate-1.0rc1.dist-info/METADATA')?.content.toString()).toMatchInlineSnapshot(`
      "Metadata-Version: 2.4
      Name: Full.Crate
      Version: 1.0rc1
      Classifier: Typing :: Typed
      Classifier: Programming Language :: Rust
      Requires-Dist: requests[socks,security]>=2,<3
      Requires-Dist: numpy==2.*
      Requires-Dist: torch @ https://example.org/torch.whl
      Requires-Dist: six ; sys_platform == 'win32'
      Requires-Dist: uvloop>=0.1 ; extra == 'fast-mode'
      Requires-Dist: cython~=3.0 ; extra == 'fast-mode'
      Requires-Dist: full-crate[fast-mode] ; extra == 'all'
      Provides-Extra: fast-mode
      Provides-Extra: all
      License-File: licenses/third.txt
      License-File: LICENSE-MIT
      Summary: One line
      Keywords: b,a
      Author: Nameless
      Author-email: Zoë <zoe@example.org>, "Q. R. Smith" <q@example.org>, x@example.org
      Maintainer: M
      License-Expression: MIT OR Apache-2.0
      Requires-Python: >=3.9, !=3.10.*, <4
      Description-Content-Type: text/x-rst; charset=UTF-8
      Project-URL: Bug Tracker, https://example.org/bugs
      Project-URL: Source, https://example.org/source

      Full
      ====

      With ünïcode.

      "
    `);
    expect(ours.files.get('full_crate-1.0rc1.dist-info/entry_points.txt')?.content.toString()).toMatchInlineSnapshot(`
      "[console_scripts]
      a-tool=full:tool
      full=full.cli:main
      [gui_scripts]
      full-window=full.window:main
      [full.plugins]
      ant=full.a
      zebra=full.z:Z
      "
    `);
  });

  it('from a crate that says everything itself, with a package made around the extension', () => {
    const project = rig.written({
      'pyproject.toml': '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n',
      'Cargo.toml': libraryManifest('Pure-Crate', {
        features: '"abi3-py39", "abi3-py312"',
        fields: [
          'description = """\nTwo\n  lines"""\nlicense = "MIT"\nlicense-file = "LICENSE"\nhomepage = "https://example.org"',
          'repository = "https://example.org/git"\ndocumentation = "https://example.org/docs"\nauthors = ["A <a@example.org>", "B"]\nkeywords = ["one", "two"]',
        ].join('\n'),
      })
        .replace('1.2.3', '1.0.0-alpha.2+local.1')
        .replace('[lib]', '[lib]\nname = "pure_crate"'),
      'src/lib.rs': '',
      LICENSE: 'MIT\n',
      README: 'Read me\n',
      'pure_crate.pyi': 'x: int\n',
    });
    const { problems, ours } = rig.both(project);
    expect(problems).toEqual([]);
    expect(ours.filename).toMatchInlineSnapshot(`"pure_crate-1.0.0a2+local.1-cp39-abi3-manylinux1_x86_64.manylinux_2_5_x86_64.whl"`);
    expect([...ours.files.keys()]).toMatchInlineSnapshot(`
      [
        "pure_crate/__init__.py",
        "pure_crate/__init__.pyi",
        "pure_crate/pure_crate.abi3.so",
        "pure_crate/py.typed",
        "pure_crate-1.0.0a2+local.1.dist-info/METADATA",
        "pure_crate-1.0.0a2+local.1.dist-info/WHEEL",
        "pure_crate-1.0.0a2+local.1.dist-info/licenses/LICENSE",
        "pure_crate-1.0.0a2+local.1.dist-info/RECORD",
      ]
    `);
  });

  it('with fields left to the crate, a src layout, and an extension deep in a namespace', () => {
    const project = rig.written({
      'pyproject.toml': [
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"',
        '[project]\nname = "deep"\ndynamic = ["version", "description", "authors", "keywords", "license", "readme", "urls"]',
        '[tool.maturin]\nmodule-name = "space.inner._core"\nmanifest-path = "rust/Cargo.toml"\npython-packages = ["deep"]\n',
      ].join('\n'),
      'rust/Cargo.toml': libraryManifest('deep-rs', {
        fields:
          'description = "of the crate"\nlicense = "MIT"\nreadme = "READ.md"\nhomepage = "https://example.org"\nauthors = ["Nobody"]\nkeywords = ["k"]',
      }).replace('../pyo3', '../../pyo3'),
      'rust/src/lib.rs': '',
      'rust/READ.md': '# of the crate\n',
      'src/deep/__init__.py': '',
      'src/space/inner/more.py': '',
      'src/not-packed/__init__.py': '',
    });
    const { problems, ours } = rig.both(project);
    expect(problems).toEqual([]);
    expect([...ours.files.keys()].filter((path) => !path.includes('.dist-info/'))).toMatchInlineSnapshot(`
      [
        "deep/__init__.py",
        "space/inner/_core.cpython-311-x86_64-linux-gnu.so",
        "space/inner/more.py",
      ]
    `);
  });

  it('with a license text of many lines in one field, and a description of several lines', () => {
    const project = rig.written({
      'pyproject.toml': [
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"',
        `[project]\nname = "licensed"\nversion = "1"\ndescription = """\n  One\n\n two """\nlicense = { text = """${LICENSE_TEXT}""" }\nreadme = { text = "Read me", content-type = "text/plain" }`,
        `[project.optional-dependencies]\nold = ["tomli>=1; python_version < '3.11' or sys_platform == 'win32'"]\n`,
      ].join('\n'),
      'Cargo.toml': libraryManifest('licensed'),
      'src/lib.rs': '',
    });
    expect(rig.both(project).problems).toEqual([]);
  });

  it.each([
    ['pkg/data', 'pkg/kept/', '*.csv', '/pkg/top.txt'],
    ['pkg/**/deep*', '!pkg/data/deep.md', 'a[bc].txt', 'pkg/?.txt'],
    ['pkg/{top,data/deep}.{txt,md}', 'pkg/data/**', '!**/*.csv'],
    ['pkg/data/*', 'data/deep.md', './pkg/top.txt', 'pkg\\\\data'],
    ['**/data/**', '# no comment', ' ', 'TOP.TXT'],
    ['pkg', '**/pkg', 'native*', '*.so'],
  ])('with %j excluded', (...exclude) => {
    const project = rig.written({
      'pyproject.toml': [
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n[project]\nname = "pkg"\nversion = "1"',
        `[tool.maturin]\nmodule-name = "pkg.native"\nexclude = ${JSON.stringify(exclude)}\n`,
      ].join('\n'),
      'Cargo.toml': libraryManifest('pkg'),
      'src/lib.rs': '',
      ...Object.fromEntries(EXCLUDABLE.map((path) => [path, ''])),
    });
    expect(rig.both(project).problems).toEqual([]);
  });

  it.each([
    ['extra/**/*.txt', 'extra/*', 'extra'],
    ['**/deep.txt', '[!e]*.txt', '.hidden/*'],
    ['pkg/data/*', 'nowhere/*', 'extra/{a}.txt'],
    ['extra/**', '*/more/*.md', 'top.txt', 'top.txt'],
  ])('with %j and more included', (...include) => {
    const files = ['extra/a.txt', 'extra/{a}.txt', 'extra/more/deep.txt', 'extra/more/deep.md', 'top.txt', '.hidden/x.txt'];
    const project = rig.written({
      'pyproject.toml': [
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n[project]\nname = "pkg"\nversion = "1"',
        `[tool.maturin]\nmodule-name = "pkg.native"\npython-source = "python"\ninclude = ${JSON.stringify(include)}\n`,
      ].join('\n'),
      'Cargo.toml': libraryManifest('pkg'),
      'src/lib.rs': '',
      'python/pkg/__init__.py': '',
      'python/pkg/data/table.csv': '',
      'python/pkg/more/notes.md': '',
      ...Object.fromEntries(files.map((path) => [path, ''])),
    });
    expect(rig.both(project).problems).toEqual([]);
  });

  it('of programs', () => {
    const project = rig.written({
      'pyproject.toml': [
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"',
        '[project]\nname = "some-programs"\nversion = "2"',
        '[tool.maturin]\nbindings = "bin"\nmodule-name = "programs"\n',
      ].join('\n'),
      'Cargo.toml': '[package]\nname = "programs"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/bin/one.rs': 'fn main() {}\n',
      'src/bin/two-words.rs': 'fn main() {}\n',
      'programs/__init__.py': '',
    });
    const { problems, ours } = rig.both(project);
    expect(problems).toEqual([]);
    expect([...ours.files.keys()]).toMatchInlineSnapshot(`
      [
        "programs/__init__.py",
        "some_programs-2.data/scripts/one",
        "some_programs-2.data/scripts/two-words",
        "some_programs-2.dist-info/METADATA",
        "some_programs-2.dist-info/WHEEL",
        "some_programs-2.dist-info/RECORD",
      ]
    `);
  });
});

const FULL = `
[build-system]
requires = ["maturin>=1,<2"]
build-backend = "maturin"

[project]
name = "Full.Crate"
version = "1.0-RC.1"
description = "One line"
readme = "README.rst"
requires-python = "<4,>=3.9,!=3.10.*"
license = "MIT OR Apache-2.0"
license-files = ["licenses/*.txt", "LICENSE-*"]
authors = [{ name = "Zoë", email = "zoe@example.org" }, { name = "Q. R. Smith", email = "q@example.org" }, { name = "Nameless" }, { email = "x@example.org" }]
maintainers = [{ name = "M" }]
keywords = ["b", "a"]
classifiers = ["Typing :: Typed", "Programming Language :: Rust"]
dependencies = ["Requests[socks,Security] >= 2, <3", "numpy==2.*", "torch @ https://example.org/torch.whl", "six ; sys_platform == 'win32'"]
dynamic = []

[project.optional-dependencies]
Fast_Mode = ["uvloop>=0.1", "cython~=3.0"]
all = ["full-crate[fast-mode]"]

[project.urls]
Source = "https://example.org/source"
"Bug Tracker" = "https://example.org/bugs"

[project.scripts]
full = "full.cli:main"
a-tool = "full:tool"

[project.gui-scripts]
full-window = "full.window:main"

[project.entry-points."full.plugins"]
zebra = "full.z:Z"
ant = "full.a"

[tool.maturin]
python-source = "python"
python-packages = ["other"]
module-name = "full._native"
features = ["pyo3/extension-module"]
include = ["extra/**/*.txt", { path = "full/data/*.csv", format = "wheel" }, { path = "sdist-only.txt", format = "sdist" }]
exclude = ["**/left-out.csv", { path = "python/full/py.typed", format = "sdist" }, "extra/deep/**"]
data = "wheel.data"
sbom = { include = ["documents/parts.spdx.json"] }
`;

const EXCLUDABLE: readonly string[] = [
  '__init__.py',
  'top.txt',
  'a.txt',
  'ab.txt',
  'ac.txt',
  'table.csv',
  'kept/x.py',
  '#file',
  '# no comment',
  'data/deep.txt',
  'data/deep.md',
  'data/table.csv',
  'data/data/deeper.txt',
  'data/more/deep.md',
].map((path) => `pkg/${path}`);

const LICENSE_TEXT = `Copyright (c) Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction.
    Indented.

The end
`;
