import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../../../src/model/digest.ts';
import { writeEnvironment } from '../../../src/python/environment/write-environment.ts';
import type { InstalledInterpreter } from '../../../src/python/interpreter.ts';
import { openStore } from '../../../src/store/directory-store.ts';
import { removeTree } from '../../../src/store/removal.ts';
import { oracleTools } from '../oracle.ts';
import { planned, probe } from './rig.ts';
import { realWheels, unpackedParts } from './real-wheels.ts';

/** Real wheels composed by Ferrule, and the same installed by uv. */
interface Pair {
  readonly ours: string;
  readonly link: string;
  readonly theirs: string;
  readonly interpreter: InstalledInterpreter;
  readonly warnings: readonly unknown[];
  readonly corrupt: () => readonly unknown[];
}

let pair: Pair;

beforeAll(async () => {
  const wheels = realWheels();
  const { python, uv } = oracleTools();
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'ferrule-real-')));
  const store = openStore({ directory: join(scratch, 'store'), now: () => Date.now(), processId: process.pid });
  const interpreter = probe(python);
  const parts = await unpackedParts(store, wheels);
  const { plan, warnings } = planned({ store, parts, interpreter });
  const { directory, key } = writeEnvironment({ store, plan });
  const link = join(scratch, 'result');
  store.linkEnvironment(key, link);
  const theirs = join(scratch, 'uv');
  const files = readdirSync(wheels).map((name) => join(wheels, name));
  const env = { PATH: process.env['PATH'] ?? '', HOME: scratch, UV_CACHE_DIR: join(scratch, 'uv-cache') };
  execFileSync(uv, ['venv', '--quiet', '--python', interpreter.executable, theirs], { env });
  const words = [
    'pip',
    'install',
    '--quiet',
    '--offline',
    '--no-deps',
    '--link-mode',
    'copy',
    '--python',
    join(theirs, 'bin/python'),
    ...files,
  ];
  execFileSync(uv, words, { env });
  pair = { ours: directory, link, theirs, interpreter, warnings, corrupt: () => store.verify({ repair: false }).corrupt };
  return () => removeTree(scratch);
}, 300_000);

describe('28 real wheels', { timeout: 120_000 }, () => {
  test('compose without a warning', () => {
    expect(pair.warnings).toEqual([]);
  });

  test('give the files that uv installs, byte for byte', () => {
    const site = siteOf(pair.interpreter);
    const ignored =
      /(?:^|\/)(?:INSTALLER|RECORD|REQUESTED|direct_url\.json|uv_cache\.json|_virtualenv\.(?:py|pth)|00-ferrule\.pth|__pycache__\/.*)$/;
    const files = (environment: string): ReadonlyMap<string, string> => contents(join(environment, site), ignored);
    expect(differences(files(pair.ours), files(pair.theirs))).toEqual([]);
  });

  test('give the data, headers and programs that uv installs', () => {
    for (const directory of ['share', 'etc', 'include']) {
      expect(differences(contents(join(pair.ours, directory), /^$/), contents(join(pair.theirs, directory), /^$/))).toEqual([]);
    }
    expect(programs(pair.ours)).toEqual(programs(pair.theirs));
  });

  test('are the distributions that Python and uv see', () => {
    const program = `
import importlib.metadata as m, json
print(json.dumps(sorted([d.metadata["Name"], d.version, sorted(str(e) for e in d.entry_points)] for d in m.distributions())))`;
    expect(python(pair.link, program)).toBe(python(pair.theirs, program));
    expect(list(pair.link)).toEqual(list(pair.theirs));
  });

  test('are imported and do their work', () => {
    const program = `
import numpy, pandas, yaml, greenlet, charset_normalizer, azure.core, azure.common, azure.storage, google.auth, google.protobuf, google.api.http_pb2
import jaraco.functools, six, sys
import importlib.util
for name in ('jaraco.context', 'azure.storage.blob', 'sphinxcontrib.jsmath', 'sphinxcontrib.applehelp'): assert importlib.util.find_spec(name), name
assert numpy.linalg.inv(numpy.eye(3)).sum() == 3
assert pandas.DataFrame({"a": [1, 2]}).a.sum() == 3
assert yaml.__with_libyaml__
print(sys.prefix)`;
    expect(python(pair.link, program)).toBe(`${pair.link}\n`);
  });

  test('leave the store as it was after they have run', () => {
    python(pair.link, 'import numpy, pandas, setuptools');
    expect(pair.corrupt()).toEqual([]);
  });

  test('bring programs that run', () => {
    expect(run('f2py', '-v')).toContain('2.1.3');
    expect(run('normalizer', '--version')).toContain('Charset-Normalizer 3.4.0');
    expect(run('rst2html5.py', '--version')).toContain('Docutils 0.20.1');
  });
});

function programs(environment: string): readonly string[] {
  return readdirSync(join(environment, 'bin'))
    .filter((name) => !/^(?:activate|deactivate|pydoc|python)/.test(name))
    .toSorted();
}

/** What uv thinks is installed. */
function list(environment: string): unknown {
  const words = ['pip', 'list', '--format', 'json', '--python', join(environment, 'bin/python')];
  return JSON.parse(execFileSync(oracleTools().uv, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

function run(name: string, ...words: readonly string[]): string {
  return execFileSync(join(pair.link, 'bin', name), words, { encoding: 'utf8' });
}

function python(environment: string, program: string): string {
  const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir() };
  return execFileSync(join(environment, 'bin/python'), ['-W', 'ignore', '-c', program], { encoding: 'utf8', env, cwd: '/' });
}

function siteOf({ interpreter }: InstalledInterpreter): string {
  return `lib/python${interpreter.version.major}.${interpreter.version.minor}/site-packages`;
}

/** sha256 of every file below a directory, links followed. */
function contents(directory: string, ignored: RegExp): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    for (const name of readdirSync(join(directory, path))) {
      const below = path === '' ? name : `${path}/${name}`;
      if (statSync(join(directory, below)).isDirectory()) visit(below);
      else if (!ignored.test(below)) found.set(below, sha256Of(readFileSync(join(directory, below))));
    }
  };
  visit('');
  return found;
}

function differences(ours: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>): readonly string[] {
  const all = new Set([...ours.keys(), ...theirs.keys()]);
  return [...all].filter((path) => ours.get(path) !== theirs.get(path)).toSorted();
}
