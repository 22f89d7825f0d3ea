import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { findInterpreter, type InterpreterQuestion, type RequiredPython } from '../../../src/python/interpreters/find-interpreter.ts';
import { parseSpecifiers } from '../../../src/python/version/specifier.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import type { ProcessRequest } from '../../../src/rust/cargo/process.ts';
import { temporaryDirectory, writeFiles } from '../../repository/temporary-directory.ts';
import { temporaryStore } from '../../source/source-rig.ts';
import { ENVIRONMENT, installedAt, pythonsHere } from './installed-pythons.ts';

// Other programs are asked, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** A machine of our own: a home, directories of programs, a project; and how often a program was started. */
class Machine {
  readonly directory = temporaryDirectory({ 'project/.git/': '', 'bin/': '', 'home/': '' });
  readonly store = temporaryStore();
  readonly started: string[] = [];
  readonly path: string[] = [join(this.directory, 'bin')];

  /** A program that answers as a Python of that version does. */
  python(path: string, version: string, more: Readonly<Record<string, unknown>> = {}): string {
    const program = join(this.directory, path);
    const [major = 3, minor = 0, micro = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
    const answer = {
      executable: program,
      prefix: dirname(dirname(program)),
      implementation: 'cpython',
      version: [major, minor, micro],
      fullVersion: version,
      freeThreaded: false,
      debug: false,
      pointerWidth: 64,
      machine: 'x86_64',
      libc: ['glibc', '2.36'],
      macos: null,
      extensionSuffix: `.cpython-3${minor}-x86_64-linux-gnu.so`,
      mapped: [],
      markers: {
        implementation_name: 'cpython',
        implementation_version: version,
        os_name: 'posix',
        platform_machine: 'x86_64',
        platform_python_implementation: 'CPython',
        platform_system: 'Linux',
        python_full_version: version,
        python_version: `${major}.${minor}`,
        sys_platform: 'linux',
      },
      ...more,
    };
    writeFiles(this.directory, { [path]: `#!/bin/sh\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n` });
    return program;
  }

  async find(asked: Partial<Pick<InterpreterQuestion, 'setting' | 'environment' | 'directory'>> & { readonly requires?: string } = {}) {
    const run = (request: ProcessRequest) => {
      this.started.push(request.program.slice(this.directory.length + 1));
      return runProcess(request);
    };
    const environment = { PATH: [...this.path, '/usr/bin', '/bin'].join(':'), HOME: join(this.directory, 'home'), ...asked.environment };
    const { requires, setting } = asked;
    const directory = asked.directory ?? join(this.directory, 'project');
    const found = await findInterpreter({
      directory,
      requiresPython: requires === undefined ? undefined : required(requires),
      setting,
      environment,
      run,
      store: this.store,
    });
    return found.ok ? found.value.executable.replace(`${this.directory}/`, '') : this.#readable(found.diagnostics);
  }

  #readable(diagnostics: readonly Diagnostic[]): string {
    return diagnostics
      .map(({ code, message, span, hints = [] }) =>
        [`${code}: ${message}`, ...(span === undefined ? [] : [`at \`${span.text.slice(span.start, span.end)}\``]), ...hints].join('\n'),
      )
      .join('\n')
      .replaceAll(this.directory, '');
  }
}

function required(text: string): RequiredPython {
  const set = parseSpecifiers(text);
  if (set === undefined) throw new Error(text);
  const file = `[project]\nrequires-python = "${text}"\n`;
  return { set, text, span: { file: 'pyproject.toml', text: file, start: file.indexOf(text), end: file.indexOf(text) + text.length } };
}

test('every Python here says of itself what it says to others', async () => {
  const store = temporaryStore();
  expect(pythonsHere().length).toBeGreaterThan(0);
  for (const program of pythonsHere()) {
    const { interpreter, prefix } = await installedAt(program, store);
    const script =
      'import json, platform, sys, sysconfig; print(json.dumps([platform.python_version(), sys.base_prefix, sysconfig.get_config_var("EXT_SUFFIX"), sys.platform]))';
    const { stdout } = await runProcess({ program, arguments: ['-I', '-c', script], environment: ENVIRONMENT, directory: '/' });
    expect([interpreter.version.full, prefix, interpreter.extensionSuffix, interpreter.markers.sys_platform]).toEqual(JSON.parse(stdout));
    expect(interpreter.markers).toMatchObject({ platform_release: '', platform_version: '' });
  }
}, 60_000);

test('the first Python of PATH that the project allows is taken', async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.9.2');
  machine.python('bin/python3.12', '3.12.4');
  machine.python('bin/python3.13', '3.13.1');
  expect(await machine.find()).toBe('bin/python3');
  expect(await machine.find({ requires: '>=3.10,<3.13' })).toBe('bin/python3.12');
  expect(await machine.find({ requires: '>=3.10' })).toBe('bin/python3.13');
});

test('a pin in the project comes before the order of PATH, the nearest one first, up to the repository', async () => {
  const machine = new Machine();
  machine.python('bin/python3.11', '3.11.9');
  machine.python('bin/python3.12', '3.12.4');
  writeFiles(machine.directory, {
    '.python-version': '3.13\n',
    'project/.python-version': '# ours\n3.11 # until spring\n',
    'project/deep/.python-versions': '3.12\n3.11\n',
  });
  expect(await machine.find()).toBe('bin/python3.11');
  expect(await machine.find({ directory: join(machine.directory, 'project/deep') })).toBe('bin/python3.12');
  expect(await machine.find({ setting: '3.12' })).toBe('bin/python3.12');
});

test("an activated virtual environment and the project's own do not decide", async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.11.9');
  machine.python('project/.venv/bin/python3', '3.12.4');
  writeFiles(machine.directory, { 'project/.venv/pyvenv.cfg': 'home = /usr/bin\n' });
  machine.path.unshift(join(machine.directory, 'project/.venv/bin'));
  expect(await machine.find()).toBe('bin/python3');
});

test("an environment of conda that is active does not decide, conda's own Python may", async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.11.9');
  machine.python('conda/bin/python3', '3.12.4');
  machine.path.unshift(join(machine.directory, 'conda/bin'));
  const CONDA_PREFIX = join(machine.directory, 'conda');
  expect(await machine.find({ environment: { CONDA_PREFIX, CONDA_DEFAULT_ENV: 'work' } })).toBe('bin/python3');
  expect(await machine.find({ environment: { CONDA_PREFIX, CONDA_DEFAULT_ENV: 'base' } })).toBe('conda/bin/python3');
});

test('what uv has installed comes first, the newest that fits', async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.11.9');
  for (const version of ['3.9.20', '3.12.4', '3.12.10', '3.13.1']) {
    machine.python(`home/.local/share/uv/python/cpython-${version}-linux-x86_64-gnu/bin/python${version.replace(/\.\d+$/, '')}`, version);
  }
  expect(await machine.find({ requires: '>=3.10,<3.13' })).toContain('cpython-3.12.10-');
  expect(await machine.find({ setting: '3.9' })).toContain('cpython-3.9.20-');
});

test("pyenv's shims stand for what they would start, and are not started", async () => {
  const machine = new Machine();
  writeFiles(machine.directory, { 'home/.pyenv/shims/python3': '#!/bin/sh\nexit 1\n', 'home/.pyenv/version': '3.12.4\n3.10.1\n' });
  machine.python('home/.pyenv/versions/3.10.1/bin/python3', '3.10.1');
  machine.python('home/.pyenv/versions/3.12.4/bin/python3', '3.12.4');
  machine.python('home/.pyenv/versions/3.13.0/bin/python3.13', '3.13.0');
  machine.path.splice(0, 1, join(machine.directory, 'home/.pyenv/shims'));
  expect(await machine.find()).toBe('home/.pyenv/versions/3.12.4/bin/python3');
  expect(await machine.find({ environment: { PYENV_VERSION: '3.10.1' } })).toBe('home/.pyenv/versions/3.10.1/bin/python3');
  expect(await machine.find({ setting: '3.13' })).toBe('home/.pyenv/versions/3.13.0/bin/python3.13');
});

test('a pre-release is taken where nothing else is right, or by name', async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.15.0a2');
  machine.python('bin/python3.14', '3.14.0');
  expect(await machine.find({ requires: '>=3.14' })).toBe('bin/python3.14');
  expect(await machine.find({ requires: '>=3.15' })).toBe('bin/python3');
  expect(await machine.find({ setting: '3.15.0a2' })).toBe('bin/python3');
});

test('a Python without a global lock is taken only where it is asked for', async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.13.1', { freeThreaded: true });
  machine.python('bin/python3.13', '3.13.0');
  machine.python('bin/python3.13t', '3.13.2', { freeThreaded: true });
  expect(await machine.find({ requires: '>=3.13' })).toBe('bin/python3.13');
  expect(await machine.find({ setting: '3.13t' })).toBe('bin/python3.13t');
});

test('a Python is asked once, and again when it has changed', async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.11.9');
  await machine.find();
  await machine.find();
  expect(machine.started).toEqual(['bin/python3']);
  machine.python('bin/python3', '3.11.10');
  expect(await machine.find({ setting: '3.11.10' })).toBe('bin/python3');
  expect(machine.started).toEqual(['bin/python3', 'bin/python3']);
});

test('a program that starts another Python is seen through, and asked every time', async () => {
  const machine = new Machine();
  const real = machine.python('opt/python3.11', '3.11.9');
  writeFileSync(join(machine.directory, 'bin/python3'), `#!/bin/sh\nexec ${real} "$@"\n`);
  chmodSync(join(machine.directory, 'bin/python3'), 0o755);
  expect(await machine.find()).toBe('opt/python3.11');
  expect(await machine.find()).toBe('opt/python3.11');
  expect(machine.started).toEqual(['bin/python3', 'bin/python3']);
});

test('a link is followed to the program itself', async () => {
  const machine = new Machine();
  machine.python('opt/bin/python3.11', '3.11.9');
  mkdirSync(join(machine.directory, 'links'));
  symlinkSync(join(machine.directory, 'opt/bin/python3.11'), join(machine.directory, 'links/python3'));
  machine.path.splice(0, 1, join(machine.directory, 'links'));
  expect(await machine.find()).toBe('opt/bin/python3.11');
});

test('what is missing is named, with what was looked at and what to run', async () => {
  const machine = new Machine();
  machine.python('bin/python3', '3.9.2');
  writeFiles(machine.directory, { 'project/.python-version': '3.99\n' });
  expect(await machine.find()).toMatchInlineSnapshot(`
    "F0900: no Python \`3.99\` was found
    at \`3.99\`
    run \`uv python install 3.99\`, or put such a Python on \`PATH\`"
  `);
  writeFiles(machine.directory, { 'project/.python-version': 'system\n' });
  expect(await machine.find({ requires: '>=3.98' })).toMatchInlineSnapshot(`
    "F0900: no Python \`>=3.98\` was found
    at \`>=3.98\`
    run \`uv python install '>=3.98'\`, or put such a Python on \`PATH\`"
  `);
});

test('a pin that the project does not allow is refused at its requires-python', async () => {
  const machine = new Machine();
  machine.python('bin/python3.9', '3.9.2');
  writeFiles(machine.directory, { 'project/.python-version': '3.9\n' });
  expect(await machine.find({ requires: '>=3.10' })).toMatchInlineSnapshot(`
    "F0901: the pin \`3.9\` means Python 3.9.2, which is not \`>=3.10\`
    at \`>=3.10\`
    change the pin with \`uv python pin\`, or \`requires-python\`"
  `);
});

test('a pin that is no version, and a path where no Python is, are said so', async () => {
  const machine = new Machine();
  writeFiles(machine.directory, { 'project/.python-version': 'my-virtualenv\n' });
  expect(await machine.find()).toMatchInlineSnapshot(`
    "F0903: \`my-virtualenv\` does not say which Python is wanted
    at \`my-virtualenv\`
    write a version such as \`3.12\`, a range such as \`>=3.11\`, or the path of an interpreter"
  `);
  expect(await machine.find({ setting: '/nowhere/python3' })).toMatchInlineSnapshot(`
    "F0902: \`/nowhere/python3\` is not a Python that can be used
    name a Python 3 interpreter, or a version such as \`3.12\`"
  `);
  expect(await machine.find({ setting: '/bin/true' })).toMatchInlineSnapshot(`
    "F0902: \`/bin/true\` is not a Python that can be used
    name a Python 3 interpreter, or a version such as \`3.12\`"
  `);
});
