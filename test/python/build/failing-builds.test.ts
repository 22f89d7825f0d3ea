import { beforeAll, expect, test } from 'vitest';
import { chooseBuildRequirements } from '../../../src/python/build/build-requirements.ts';
import { readAskedRequirements } from '../../../src/python/build/build-answer.ts';
import {
  editableBuildAction,
  requirementsAction,
  sdistBuildAction,
  wheelBuildAction,
} from '../../../src/python/build/wheel-build-action.ts';
import { SUBJECT, valueOf, wordsOf, Workshop } from './rig.ts';

const workshop = new Workshop();

beforeAll(async () => {
  await workshop.prepare([{ requires: ['setuptools'] }]);
  await workshop.interpreter();
}, 120_000);

/** A project whose backend is the given Python text. */
function own(backend: string, system = 'requires = []\nbuild-backend = "own"\nbackend-path = ["."]'): string {
  return workshop.place({ 'pyproject.toml': `[build-system]\n${system}\n`, 'own.py': backend });
}

async function failureOf(directory: string): Promise<string> {
  return wordsOf(await workshop.build(wheelBuildAction(await workshop.call(directory))));
}

test('a backend that raises is quoted', async () => {
  const directory = own(
    'def build_wheel(directory, settings=None, metadata=None):\n    print("to standard output")\n    raise ValueError("no such thing")\n',
  );
  expect(await failureOf(directory)).toMatchInlineSnapshot(`
    "to standard output
    Traceback (most recent call last):
      File "/build/out/src/own.py", line 3, in build_wheel
        raise ValueError("no such thing")
    ValueError: no such thing
    error[F0987]: building \`demo\` failed
    "
  `);
});

test('a `setup.py` that exits fails the build', async () => {
  const directory = workshop.place({
    'pyproject.toml': '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    'setup.py': 'raise SystemExit("a library is missing")\n',
  });
  expect(await failureOf(directory)).toContain('a library is missing');
});

test('a backend that is not there', async () => {
  expect(await failureOf(own('', 'requires = []\nbuild-backend = "absent.backend"'))).toMatchInlineSnapshot(`
    "ModuleNotFoundError: No module named 'absent'
    error[F0987]: building \`demo\` failed
      cannot be imported  absent.backend
    "
  `);
});

test('a build that wants the network is told that there is none', async () => {
  const directory = own(`
import urllib.request
def build_wheel(directory, settings=None, metadata=None):
    urllib.request.urlopen('https://example.org/data.bin')
`);
  const words = await failureOf(directory);
  expect(words.slice(words.indexOf('error['))).toMatchInlineSnapshot(`
    "error[F0988]: building \`demo\` failed: it wants the network, which builds do not have
    hint: what it downloads has to be among its sources or its build requirements
    "
  `);
});

test('what a backend asks for and does not find is named', async () => {
  const directory = workshop.place({
    'pyproject.toml':
      '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "a"\nversion = "1"\n',
    'setup.py':
      'from setuptools import setup\nsetup(setup_requires=["cffi>=1; python_version >= \'3\'", "absent; python_version < \'3\'"])\n',
  });
  expect(await failureOf(directory)).toMatchInlineSnapshot(`
    "error[F0986]: building \`demo\` needs more than \`ferrule.lock\` has for it
      missing  cffi>=1; python_version >= '3'
    hint: run \`ferrule lock\`, which asks the backend what it needs
    "
  `);
  const action = requirementsAction(await workshop.call(directory), ['wheel']);
  const asked = readAskedRequirements({ store: workshop.store, subject: SUBJECT, result: await workshop.run(action) });
  expect(valueOf(asked)).toEqual(["cffi>=1; python_version >= '3'", "absent; python_version < '3'"]);
});

test('an output that a backend does not make, and one that it only claims to', async () => {
  const directory = own('def build_wheel(directory, settings=None, metadata=None):\n    return "a-1-py3-none-any.whl"\n');
  const call = await workshop.call(directory);
  expect(wordsOf(await workshop.build(sdistBuildAction(call)))).toMatchInlineSnapshot(`
    "error[F0994]: the build backend of \`demo\` cannot do what is asked of it
      reason  \`own\` has no such function
    "
  `);
  expect(wordsOf(await workshop.build(editableBuildAction(call)))).toContain('F0994');
  expect(await failureOf(directory)).toMatchInlineSnapshot(`
    "error[F0994]: the build backend of \`demo\` cannot do what is asked of it
      reason  it says that it made \`a-1-py3-none-any.whl\`, which is not there
    "
  `);
});

test('a `backend-path` that leads out is refused', async () => {
  expect(await failureOf(own('', 'requires = []\nbuild-backend = "own"\nbackend-path = ["../.."]'))).toMatchInlineSnapshot(`
    "error[F0994]: the build backend of \`demo\` cannot do what is asked of it
      reason  \`backend-path\` leads out of the project: \`../..\`
    "
  `);
});

test('the environment is fixed, and a project may add to it', async () => {
  const directory = own(`
import os, sys
def build_wheel(directory, settings=None, metadata=None):
    shown = {name: os.environ.get(name) for name in ('SOURCE_DATE_EPOCH', 'PYTHONHASHSEED', 'LANG', 'MINE', 'USER')}
    raise ValueError(repr((sorted(shown.items(), key=str), os.getcwd(), settings)))
`);
  const call = await workshop.call(directory, { environment: { MINE: 'yes' }, configSettings: { b: '1', a: ['x', 'y'] } });
  const words = wordsOf(await workshop.build(wheelBuildAction(call)));
  expect(/ValueError: (.*)/.exec(words)?.[1]).toMatchInlineSnapshot(
    `"([('LANG', 'C.UTF-8'), ('MINE', 'yes'), ('PYTHONHASHSEED', '0'), ('SOURCE_DATE_EPOCH', '315532800'), ('USER', None)], '/build/out/src', {'a': ['x', 'y'], 'b': '1'})"`,
  );
});

test('without an entry in `ferrule.lock` nothing is built, and nothing is resolved', async () => {
  const { interpreter } = await workshop.installed();
  const question = { interpreter, subject: SUBJECT, requires: ['hatchling', 'Hatch_VCS >=0.3'] };
  expect(wordsOf(chooseBuildRequirements({ ...question, lock: undefined }))).toMatchInlineSnapshot(`
    "error[F0985]: what \`demo\` is built with is not in \`ferrule.lock\`
      requires  hatch-vcs>=0.3
      requires  hatchling
    hint: run \`ferrule lock\`, which resolves build requirements and pins them by hash
    "
  `);
  const lock = {
    buildSystems: [
      { requires: ['hatch-vcs>=0.3', 'hatchling'], asked: [], packages: [{ name: 'hatchling', version: '1.0', marker: undefined }] },
    ],
    buildPackages: [{ name: 'hatchling', version: '1.0', index: undefined, wheels: [] }],
  };
  const words = wordsOf(chooseBuildRequirements({ ...question, lock }));
  expect(words.replace(/cpython .*/, '[INTERPRETER]')).toMatchInlineSnapshot(`
    "error[F0989]: building \`demo\` needs \`hatchling\`, which has no wheel for this interpreter
      locked       hatchling 1.0
      interpreter  [INTERPRETER]
    hint: constrain it in \`build-constraint-dependencies\` to a version that has one, then run \`ferrule lock\`
    "
  `);
  expect(wordsOf(chooseBuildRequirements({ ...question, requires: [], lock }))).toBe('built');
});
