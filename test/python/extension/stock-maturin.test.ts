import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { build, type Built, complaints } from '../../end-to-end/rig.ts';
import { removeTree } from '../../../src/store/removal.ts';
import { cargoEnvironment } from '../maturin/cargo-environment.ts';
import { compareWheels } from '../maturin/compare-wheels.ts';
import { locked } from '../maturin/sdist-rig.ts';
import { type ReadWheel, readWheel } from '../maturin/wheel-contents.ts';
import { oracleTools } from '../oracle.ts';
import { writtenRepository } from './fixture.ts';
import { STOCK_PROJECTS } from './stock-projects.ts';

const PROJECTS = ['opened', 'mixed', 'bound', 'grafted', 'shipped'];

vi.setConfig({ testTimeout: 300_000 });
const tools = oracleTools();
let root = '';
let store = '';

beforeAll(async () => {
  root = writtenRepository(STOCK_PROJECTS, PROJECTS);
  store = `${root}.store`;
  for (const project of PROJECTS) execFileSync(tools.uv, ['lock', '--quiet', '--python', tools.python], { cwd: join(root, project) });
  await locked(root, store);
}, 300_000);
afterAll(() => {
  removeTree(store);
  rmSync(root, { recursive: true, force: true });
}, 120_000);

async function built(target: string): Promise<Built> {
  const done = await build({ directory: root, store, targets: [target], profile: 'dev', offline: false });
  expect(done.ok, complaints(done)).toBe(true);
  return done;
}

function run(program: string, ...words: readonly string[]): string {
  const done = spawnSync(join(root, 'result/bin', program), words, { encoding: 'utf8' });
  return `${done.stdout}${done.stderr}`;
}

/** What `maturin build` makes of a project, compiling it. */
function stockWheel(project: string): ReadWheel {
  const out = join(root, project, 'target/wheels');
  const { status, stdout, stderr } = spawnSync(tools.maturin, ['build', '--profile', 'dev', '--interpreter', tools.python, '--out', out], {
    cwd: join(root, project),
    env: {
      ...cargoEnvironment(),
      PATH: `${join(tools.directory, 'bin')}:${process.env['PATH'] ?? ''}`,
      SOURCE_DATE_EPOCH: '315532800',
    },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`maturin build: ${stdout}${stderr}`);
  return wheelIn(out);
}

function wheelIn(directory: string): ReadWheel {
  const [name = ''] = readdirSync(directory).filter((file) => file.endsWith('.whl'));
  return readWheel(join(directory, name));
}

/**
 * Compiled files differ where their sources stood; which names they have is compared, the digest in that of a grafted library of the
 * project's own left out.
 */
function comparable(wheel: ReadWheel): ReadWheel {
  const files = [...wheel.files].map(([path, file]) => {
    const name = path.replace(/libown-[0-9a-f]{8}/, 'libown');
    const isCompiled = file.content.subarray(0, 4).toString('latin1') === '\x7fELF';
    if (isCompiled) return [name, { ...file, content: Buffer.from('compiled') }] as const;
    if (!path.endsWith('/RECORD')) return [name, file] as const;
    const lines = file.content.toString('utf8').split('\n');
    const kept = lines.filter((line) => !/\.so(?:\.[\d.]+)?,|\.scripts\//.test(line));
    return [name, { ...file, content: Buffer.from(kept.join('\n')) }] as const;
  });
  return { filename: wheel.filename, files: new Map(files) };
}

describe.each(PROJECTS)('%s', (project) => {
  test('has the name, the tags, the files and the metadata of `maturin build`', async () => {
    const done = await built(`${project}:wheel`);
    const directory = done.report.targets[0]?.path ?? '';
    const ours = wheelIn(directory);
    expect(execFileSync(tools.twine, ['check', join(directory, ours.filename)], { encoding: 'utf8' })).toContain('PASSED');
    expect(compareWheels(comparable(stockWheel(project)), comparable(ours))).toEqual([]);
    expect([...ours.files.keys()].map((path) => path.replace(/-[0-9a-f]{8}(?=\.so)/, '-HASH')).toSorted()).toMatchSnapshot();
  });
});

test('what was packed once is not packed again', async () => {
  await built('bound:wheel');
  expect((await build({ directory: root, store, targets: ['bound:wheel'], profile: 'dev', keepGoing: true })).executed).toEqual([]);
});

test('libraries opened with cffi or bound by UniFFI are imported from environments, and from editable ones', async () => {
  await built('mixed:env');
  expect(run('mixed')).toBe('42\n');
  await built('mixed:editable');
  expect(run('mixed')).toBe('42\n');
  expect(run('python', '-c', 'import mixed; print(mixed.__file__)')).toBe(`${join(root, 'mixed/python/mixed/__init__.py')}\n`);
  await built('bound:env');
  expect(run('python', '-c', 'from bound.bound import add; print(add(20, 22))')).toBe('42\n');
});

test('the libraries that were taken in are found where the wheel is installed', async () => {
  const directory = join(root, 'installed');
  for (const project of ['grafted', 'shipped']) {
    const done = await built(`${project}:wheel`);
    const [name = ''] = readdirSync(done.report.targets[0]?.path ?? '');
    const python = join(directory, 'bin/python');
    execFileSync(tools.uv, ['venv', '--quiet', '--allow-existing', '--python', tools.python, directory]);
    execFileSync(tools.uv, ['pip', 'install', '--quiet', '--offline', '--python', python, join(done.report.targets[0]?.path ?? '', name)]);
  }
  const answers = [
    execFileSync(join(directory, 'bin/python'), ['-c', 'import grafted; print(grafted.decimal(1))'], { encoding: 'utf8' }),
    execFileSync(join(directory, 'bin/shipped'), { encoding: 'utf8' }),
  ];
  expect(answers).toEqual(['43\n', '42\n']);
});
