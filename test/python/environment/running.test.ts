import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type StoreRig, storeRig, temporaryDirectory } from '../../store/rig.ts';
import { composed, type MadeDistribution, testInterpreter, wheelPart } from './rig.ts';

const { major, minor } = testInterpreter().interpreter.version;
const SITE = `lib/python${major}.${minor}/site-packages`;

const TOOL: MadeDistribution = {
  name: 'tool',
  files: {
    'site/tool/__init__.py': 'import sys\ndef main():\n    print(sys.prefix, *sys.argv[1:])\n    return 7\nclass Group:\n    run = main\n',
    'scripts/placeholder': '#!python -I\nfrom __future__ import annotations\nimport sys, tool\nprint("placeholder", sys.flags.isolated)\n',
    'scripts/shell!': '#!/bin/sh\necho shell "$1"\n',
    'scripts/not-marked': '#!/bin/sh\necho marked\n',
  },
  facts: {
    entryPoints: {
      console: [
        { name: 'tool', module: 'tool', attribute: 'main' },
        { name: 'grouped', module: 'tool', attribute: 'Group.run' },
      ],
      gui: [{ name: 'tool-gui', module: 'tool', attribute: 'main' }],
    },
  },
};

describe('an environment behind its link', () => {
  test('is a virtual environment of its interpreter', () => {
    const { link } = linked(TOOL);
    const answer = python(
      link,
      'import sys, sysconfig, tool; print(sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), sysconfig.get_path("scripts"))',
    );
    expect(answer).toBe([link, testInterpreter().prefix, join(link, SITE), join(link, 'bin')].join(' '));
  });

  test('imports by the real path, so that a link that moves on does not mix two environments', () => {
    const { link } = linked(TOOL);
    expect(python(link, 'import sys; print([p for p in sys.path if "site-packages" in p])')).toBe(`['${join(realpathSync(link), SITE)}']`);
  });

  test('runs console scripts, scripts of data and programs', () => {
    const { link } = linked(TOOL);
    const bin = (name: string, ...words: readonly string[]): string => run(join(link, 'bin', name), words).stdout;
    expect(bin('tool', 'a', 'b c')).toBe(`${realpathSync(link)} a b c\n`);
    expect(run(join(link, 'bin/tool'), []).status).toBe(7);
    expect(bin('grouped')).toBe(`${realpathSync(link)}\n`);
    expect(bin('tool-gui')).toBe(`${realpathSync(link)}\n`);
    expect(bin('placeholder')).toBe('placeholder 1\n');
    expect(bin('shell', 'x')).toBe('shell x\n');
    expect(bin('not-marked')).toBe('marked\n');
  });

  test('runs scripts by a name elsewhere, from a copy of the environment, and after the link has moved', () => {
    const { link } = linked(TOOL);
    const elsewhere = temporaryDirectory();
    symlinkSync(join(link, 'bin/tool'), join(elsewhere, 'mine'));
    expect(run(join(elsewhere, 'mine'), ['x']).stdout).toBe(`${realpathSync(link)} x\n`);
    execFileSync('cp', ['-a', `${link}/.`, join(elsewhere, 'copy dir')]);
    expect(run(join(elsewhere, 'copy dir/bin/tool'), []).stdout).toBe(`${join(elsewhere, 'copy dir')}\n`);
    renameSync(link, join(elsewhere, 'moved'));
    expect(run(join(elsewhere, 'moved/bin/tool'), ['x']).stdout).toBe(`${realpathSync(join(elsewhere, 'moved'))} x\n`);
  });

  test('makes virtual environments of the same Python', () => {
    const { link } = linked(TOOL);
    const inner = join(temporaryDirectory(), 'inner');
    execFileSync(join(link, 'bin/python'), ['-m', 'venv', '--without-pip', inner]);
    expect(python(inner, 'import sys; print(sys.prefix, sys.base_prefix)')).toBe(`${inner} ${testInterpreter().prefix}`);
  });

  test('is listed by `importlib.metadata`', () => {
    const { link } = linked(TOOL, { name: 'other-Name', version: '2.5', files: {} });
    const program =
      'import importlib.metadata as m; print(sorted((d.metadata["Name"], d.version, d.read_text("INSTALLER")) for d in m.distributions()))';
    expect(python(link, program)).toBe(`[('other-Name', '2.5', 'ferrule\\n'), ('tool', '1.0', 'ferrule\\n')]`);
  });

  test('processes `.pth` files at its top', () => {
    const { link } = linked({
      name: 'hook',
      files: { 'site/hook.pth': 'import hooked\n', 'site/hooked.py': 'import sys\nsys.hooked = 1\n' },
    });
    expect(python(link, 'import sys; print(sys.hooked)')).toBe('1');
  });
});

describe('activation', () => {
  const shells = ['bash', 'dash', 'zsh', 'fish', 'tcsh'].filter((shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0);

  test.each(shells)('by %s puts the environment first and takes it away again', (shell) => {
    const { link } = linked(TOOL);
    const script = { fish: 'activate.fish', tcsh: 'activate.csh' }[shell] ?? 'activate';
    const source = shell === 'dash' ? `FERRULE_ACTIVATE=${link}/bin/activate; . ${link}/bin/activate` : `source ${link}/bin/${script}`;
    const lines = [source, 'command -v tool', 'echo $VIRTUAL_ENV', 'deactivate', 'echo after $VIRTUAL_ENV', 'command -v tool || true'];
    const { stdout, stderr } = run(shell, ['-c', lines.join('\n')]);
    expect(stderr).toBe('');
    expect(stdout).toBe(`${link}/bin/tool\n${link}\nafter\n`);
  });

  test('twice is like once', () => {
    const { link } = linked(TOOL);
    const { stdout } = run('bash', [
      '-c',
      `set -eu; before=$PATH; . ${link}/bin/activate; . ${link}/bin/activate; deactivate; [ "$PATH" = "$before" ] && echo same`,
    ]);
    expect(stdout).toBe('same\n');
  });

  test('of a running interpreter makes its packages importable', () => {
    const { link } = linked(TOOL);
    const program = `p = ${JSON.stringify(join(link, 'bin/activate_this.py'))}\nexec(compile(open(p).read(), p, "exec"), {"__file__": p})\nimport tool, sys\nprint(tool.__name__, sys.prefix)`;
    expect(run(testInterpreter().executable, ['-c', program]).stdout).toBe(`tool ${link}\n`);
  });
});

describe('byte code', () => {
  test('goes into this very environment, and never into the store beside the sources', () => {
    const { link, rig } = linked(TOOL);
    python(link, 'import tool');
    const { path } = find(join(link, 'pycache'), '__init__');
    expect(path).toContain(`${realpathSync(link)}/${SITE}/tool/__init__.`);
    expect(filesNamed(join(rig.directory, 'v1/trees'), '__pycache__')).toEqual([]);
    expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
  });

  test('is found again', () => {
    const { link } = linked(TOOL);
    python(link, 'import tool');
    const { path } = find(join(realpathSync(link), 'pycache'), '__init__');
    const before = statSync(path).mtimeMs;
    expect(python(link, 'import tool; print(tool.__cached__)')).toBe(path);
    expect(statSync(path).mtimeMs).toBe(before);
  });

  test('of the standard library stays where it is', () => {
    const { link } = linked(TOOL);
    const program = 'import argparse; print(argparse.__cached__)';
    expect(python(link, program)).toBe(run(testInterpreter().executable, ['-c', program]).stdout.trim());
  });

  test('goes where the user says', () => {
    const { link, rig } = linked(TOOL);
    const own = temporaryDirectory();
    run(join(link, 'bin/python'), ['-c', 'import tool'], { PYTHONPYCACHEPREFIX: own });
    expect(filesNamed(own, '__init__').some((path) => path.includes('/tool/'))).toBe(true);
    expect(readdirSync(join(link, 'pycache'))).toEqual([]);
    run(join(link, 'bin/python'), ['-c', 'import tool'], { PYTHONDONTWRITEBYTECODE: '1' });
    expect(readdirSync(join(link, 'pycache'))).toEqual([]);
    expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
  });

  test('of one environment is not taken for that of another with files of the same size and time', () => {
    const rig = storeRig();
    const link = join(temporaryDirectory(), 'result');
    const answers = ['1', '2', '1'].map((value) => {
      const { key } = composed({
        store: rig.store,
        parts: [wheelPart(rig.store, { name: 'a', files: { 'site/a.py': `value = ${value}\n` } })],
      });
      rig.store.linkEnvironment(key, link);
      return python(link, 'import a; print(a.value)');
    });
    expect(answers).toEqual(['1', '2', '1']);
  });
});

describe('an editable distribution', () => {
  test('is imported from its sources, new files at once', () => {
    const sources = temporaryDirectory();
    mkdirSync(join(sources, 'mine'));
    writeFileSync(join(sources, 'mine/__init__.py'), '');
    const rig = storeRig();
    const { directory } = composed({ store: rig.store, parts: [editable(rig, { sources, modules: {} })] });
    writeFileSync(join(sources, 'mine/later.py'), 'x = 5\n');
    expect(python(directory, 'import mine.later; print(mine.later.x, mine.__file__)')).toBe(`5 ${sources}/mine/__init__.py`);
    expect(python(directory, 'import importlib.metadata as m; print(m.version("mine"))')).toBe('1.0');
    expect(readFileSync(join(directory, SITE, '_ferrule_editable_mine.pth'), 'utf8')).toBe(`${sources}\n`);
    expect(existsSync(join(directory, SITE, 'mine'))).toBe(false);
  });

  test('finds its extension module in the store, before whatever lies among the sources', () => {
    const sources = temporaryDirectory();
    mkdirSync(join(sources, 'mine'));
    writeFileSync(join(sources, 'mine/__init__.py'), 'from mine._native import answer\n');
    writeFileSync(join(sources, `mine/_native${testInterpreter().interpreter.extensionSuffix}`), 'a stale one');
    const rig = storeRig();
    const built = rig.store.putTree(
      new Map([[`mine/_native.so`, { kind: 'file', bytes: extensionModule('_native', 42), executable: true }]]),
    );
    const module = join(rig.store.treePath(built) ?? '', 'mine/_native.so');
    const { directory, key } = composed({ store: rig.store, parts: [editable(rig, { sources, modules: { 'mine._native': module } })] });
    expect(python(directory, 'import mine, sys; print(mine.answer(), sys.modules["mine._native"].__file__)')).toBe(`42 ${module}`);
    expect(readFileSync(join(rig.store.environmentPath(key) ?? '', '.ferrule-references'), 'utf8')).toContain(`tree ${built.hash}\n`);
  });

  test('in a shell of `ferrule develop` its module is brought up to date when it is imported, or said to be stale', () => {
    const sources = temporaryDirectory();
    mkdirSync(join(sources, 'mine'));
    writeFileSync(join(sources, 'mine/__init__.py'), 'from mine._native import answer\n');
    const rig = storeRig();
    const [before, after] = [42, 43].map((answer) => {
      const bytes = extensionModule('_native', answer);
      const built = rig.store.putTree(new Map([['mine/_native.so', { kind: 'file', bytes, executable: true }]]));
      const module = join(rig.store.treePath(built) ?? '', 'mine/_native.so');
      return composed({ store: rig.store, parts: [editable(rig, { sources, modules: { 'mine._native': module } })] });
    });
    const link = join(temporaryDirectory(), 'environment');
    symlinkSync(before?.directory ?? '', link);
    const answer = (command: readonly string[]): ReturnType<typeof run> =>
      run(join(link, 'bin/python'), ['-c', 'import mine; print(mine.answer())'], {
        FERRULE_DEVELOP: JSON.stringify({ command, environment: link }),
      });
    const stale = answer(['sh', '-c', 'echo it does not compile >&2; exit 1']);
    expect(stale).toMatchObject({ status: 0, stdout: '42\n' });
    expect(stale.stderr).toBe('it does not compile\nwarning: stale, for it could not be built again: mine._native\n');
    expect(answer(['ln', '-sfn', after?.directory ?? '', link])).toMatchObject({ status: 0, stdout: '43\n', stderr: '' });
  });

  test('has one description wherever its sources lie', () => {
    const rig = storeRig();
    const digests = [temporaryDirectory(), temporaryDirectory()].map(
      (sources) => composed({ store: rig.store, parts: [editable(rig, { sources, modules: {} })] }).digest,
    );
    expect(digests[0]).toEqual(digests[1]);
  });
});

function editable(
  rig: StoreRig,
  { sources, modules }: { readonly sources: string; readonly modules: Readonly<Record<string, string>> },
): Parameters<typeof composed>[0]['parts'][number] {
  const { wheel, origin } = wheelPart(rig.store, {
    name: 'mine',
    files: { 'site/mine/__init__.py': 'raise SystemExit("the wheel was imported")' },
  });
  const directUrl = JSON.stringify({ url: `file://${sources}`, dir_info: { editable: true } });
  return { kind: 'editable', wheel, sources: [sources], modules, origin: { ...origin, directUrl } };
}

/** A compiled extension module with a function `answer`. */
function extensionModule(name: string, answer: number): Buffer {
  const directory = temporaryDirectory();
  writeFileSync(
    join(directory, 'm.c'),
    `#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *unused) { return PyLong_FromLong(${answer}); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "${name}", 0, -1, methods};
PyMODINIT_FUNC PyInit_${name}(void) { return PyModule_Create(&definition); }
`,
  );
  const include = execFileSync(testInterpreter().executable, ['-c', 'import sysconfig; print(sysconfig.get_path("include"))'], {
    encoding: 'utf8',
  }).trim();
  execFileSync('gcc', ['-shared', '-fPIC', `-I${include}`, '-o', join(directory, 'm.so'), join(directory, 'm.c')]);
  const bytes = readFileSync(join(directory, 'm.so'));
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  return bytes;
}

function linked(...made: readonly MadeDistribution[]): { readonly link: string; readonly rig: StoreRig } {
  const rig = storeRig();
  const link = join(temporaryDirectory(), 'result');
  const { key } = composed({ store: rig.store, parts: made.map((one) => wheelPart(rig.store, one)) });
  rig.store.linkEnvironment(key, link);
  return { link, rig };
}

function python(environment: string, program: string): string {
  const { stdout, stderr, status } = run(join(environment, 'bin/python'), ['-c', program]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

function run(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { readonly stdout: string; readonly stderr: string; readonly status: number | null } {
  const env = { PATH: process.env['PATH'] ?? '', HOME: temporaryDirectory(), ...environment };
  return spawnSync(program, words, { encoding: 'utf8', env, cwd: '/' });
}

function find(directory: string, start: string): { readonly path: string } {
  const [path = 'nothing'] = filesNamed(directory, start);
  return { path };
}

function filesNamed(directory: string, start: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.slice(path.lastIndexOf('/') + 1).startsWith(start))
    .map((path) => join(directory, path));
}
