import { expect, test } from 'vitest';
import { readBuildSystem } from '../../../src/python/build/build-system.ts';
import { projectSources } from '../../../src/python/build/project-sources.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { openSourceMemory } from '../../../src/source/source-memory.ts';
import { temporaryDirectory, writeFiles } from '../../repository/temporary-directory.ts';
import { laterClock, temporaryStore } from '../../source/source-rig.ts';

const PROJECT = '[project]\nname = "My.Pkg"\nversion = "1"\n';

/** Files that a project is built from; `backend` may hold further tables. */
async function filesOf(
  backend: string,
  files: Readonly<Record<string, string>>,
  options: {
    readonly extent?: 'wheel' | 'everything';
    readonly others?: readonly string[];
    readonly tables?: string;
    readonly inputs?: readonly string[];
  } = {},
): Promise<readonly string[]> {
  const text = `[build-system]\nrequires = []\nbuild-backend = "${backend}"\n${PROJECT}${options.tables ?? ''}`;
  const root = temporaryDirectory({ '.git/HEAD': '', 'pyproject.toml': text, ...files });
  const manifest = await readBuildSystem({ file: 'pyproject.toml', text });
  if (!manifest.ok) throw new Error(manifest.diagnostics[0]?.message);
  const store = temporaryStore();
  const sources = projectSources({
    store,
    memory: openSourceMemory({ store, repositoryRoot: root, now: laterClock }),
    repositoryRoot: root,
    directory: root,
    name: normalizeName('My.Pkg'),
    manifest: manifest.value,
    otherProjects: (options.others ?? []).map((path) => `${root}/${path}`),
    inputs: options.inputs ?? [],
    extent: options.extent ?? 'wheel',
  });
  if (!sources.ok) throw new Error(sources.diagnostics[0]?.message);
  return sources.value.files;
}

const SRC = {
  'src/my_pkg/__init__.py': '',
  'src/my_pkg/data.txt': '',
  'tests/test_a.py': '',
  'docs/a.md': '',
  'README.md': '',
  LICENSE: '',
  'noxfile.py': '',
};
const FLAT = { 'my_pkg/__init__.py': '', 'my_pkg/data.txt': '', 'tests/test_a.py': '', LICENSE: '' };
const NARROW_SRC = ['LICENSE', 'pyproject.toml', 'src/my_pkg/__init__.py', 'src/my_pkg/data.txt'];
const NARROW_FLAT = ['LICENSE', 'my_pkg/__init__.py', 'my_pkg/data.txt', 'pyproject.toml'];

test.each(['hatchling.build', 'uv_build', 'setuptools.build_meta', 'flit_core.buildapi', 'poetry.core.masonry.api', 'pdm.backend'])(
  '%s: tests, documents and tools are no part of a `src` layout',
  async (backend) => {
    expect(await filesOf(backend, SRC)).toEqual(NARROW_SRC);
  },
);

test.each(['hatchling.build', 'flit_core.buildapi', 'poetry.core.masonry.api'])('%s: nor of a flat one', async (backend) => {
  expect(await filesOf(backend, FLAT)).toEqual(NARROW_FLAT);
});

test.each(['setuptools.build_meta', 'pdm.backend', 'mesonpy', 'scikit_build_core.build'])(
  '%s may take anything of a flat layout',
  async (backend) => {
    expect(await filesOf(backend, FLAT)).toEqual([...NARROW_FLAT, 'tests/test_a.py']);
  },
);

test.each([
  ['hatchling.build', '[tool.hatch.build.targets.wheel.force-include]\n"docs" = "my_pkg/docs"'],
  ['hatchling.build', '[tool.hatch.build.hooks.custom]'],
  ['setuptools.build_meta', '[tool.setuptools.data-files]\nshare = ["docs/a.md"]'],
  ['poetry.core.masonry.api', '[tool.poetry]\ninclude = ["docs"]'],
  ['pdm.backend', '[tool.pdm.build]\nincludes = ["docs"]'],
])('%s with `%s` may take anything', async (backend, tables) => {
  expect(await filesOf(backend, SRC, { tables })).toContain('tests/test_a.py');
});

test.each([
  ['hatchling.build', '[tool.hatch.build.targets.wheel]\npackages = ["docs"]', ['docs/a.md']],
  ['hatchling.build', '[tool.hatch.version]\npath = "tests/test_a.py"', ['tests/test_a.py']],
  ['uv_build', '[tool.uv.build-backend]\nmodule-root = "docs"', ['docs/a.md']],
  ['uv_build', '[tool.uv.build-backend.data]\nscripts = "tests"', ['tests/test_a.py']],
  ['setuptools.build_meta', '[tool.setuptools.packages.find]\nwhere = ["tests"]', ['tests/test_a.py']],
  ['setuptools.build_meta', '[tool.setuptools.dynamic]\nversion = { file = ["docs/a.md"] }', ['docs/a.md']],
  ['flit_core.buildapi', '[tool.flit.external-data]\ndirectory = "docs"', ['docs/a.md']],
])('%s with `%s` takes %j', async (backend, tables, expected) => {
  expect(await filesOf(backend, SRC, { tables })).toEqual(expect.arrayContaining(expected));
});

test('a readme and licences count where the project names them', async () => {
  const text = '[project]\nname = "My.Pkg"\nversion = "1"\nreadme = "docs/a.md"\nlicense-files = ["legal/*"]\n';
  const manifest = await readBuildSystem({
    file: 'pyproject.toml',
    text: `[build-system]\nrequires=[]\nbuild-backend="uv_build"\n${text}`,
  });
  if (!manifest.ok) throw new Error('bad');
  const { papersOf } = await import('../../../src/python/build/project-papers.ts');
  const isPaper = papersOf(manifest.value.document);
  expect(['docs/a.md', 'legal/MIT', 'LICENSE', 'README.md', 'legal/deep/x'].map((path) => isPaper(path))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('what tools leave behind and other projects are no sources', async () => {
  const files = await filesOf(
    'mesonpy',
    {
      '.gitignore': 'ignored/\n',
      'ignored/a.py': '',
      'uv.lock': '',
      'dist/a.whl': '',
      'build/lib/a.py': '',
      'a.egg-info/PKG-INFO': '',
      'my_pkg/__pycache__/a.pyc': '',
      'my_pkg/__init__.py': '',
      'my_pkg/template/pyproject.toml': '',
      'env/pyvenv.cfg': '',
      'env/lib/a.py': '',
      'nested/pyproject.toml': '',
      'nested/a.py': '',
      'member/setup.py': '',
    },
    { others: ['member'] },
  );
  expect(files).toEqual(['.gitignore', 'my_pkg/__init__.py', 'my_pkg/template/pyproject.toml', 'pyproject.toml']);
});

test('ignored files count where hatchling or an override names them', async () => {
  const files = { ...SRC, '.gitignore': '*.js\n*.so\n', 'src/my_pkg/a.js': '', 'web/out/b.js': '', 'src/my_pkg/c.so': '', 'd.so': '' };
  const tables = '[tool.hatch.build]\nartifacts = ["*.so", "/web/out/*.js"]';
  expect(await filesOf('hatchling.build', files, { tables })).toEqual(
    expect.arrayContaining(['d.so', 'src/my_pkg/c.so', 'web/out/b.js', 'tests/test_a.py']),
  );
  expect(await filesOf('hatchling.build', files, { tables })).not.toContain('src/my_pkg/a.js');
  expect(await filesOf('uv_build', files, { inputs: ['src/my_pkg/*.js', 'absent', '../outside'] })).toEqual(
    [...NARROW_SRC, 'src/my_pkg/a.js'].toSorted(),
  );
});

test('source distributions have everything', async () => {
  expect(await filesOf('hatchling.build', SRC, { extent: 'everything' })).toContain('tests/test_a.py');
});

test('an edit to a test leaves the tree of a `src` layout as it is, an edit to a module does not', async () => {
  const text = `[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n${PROJECT}`;
  const root = temporaryDirectory({ 'pyproject.toml': text, ...SRC });
  const store = temporaryStore();
  const manifest = await readBuildSystem({ file: 'pyproject.toml', text });
  if (!manifest.ok) throw new Error('bad');
  const tree = (): string => {
    const sources = projectSources({
      store,
      memory: openSourceMemory({ store, repositoryRoot: root, now: laterClock }),
      repositoryRoot: root,
      directory: root,
      name: normalizeName('My.Pkg'),
      manifest: manifest.value,
      otherProjects: [root],
      extent: 'wheel',
    });
    return sources.ok ? sources.value.tree.hash : 'failed';
  };
  const first = tree();
  writeFiles(root, { 'tests/test_a.py': 'changed', 'README.md': 'changed' });
  expect(tree()).toBe(first);
  writeFiles(root, { 'src/my_pkg/data.txt': 'changed' });
  expect(tree()).not.toBe(first);
});
