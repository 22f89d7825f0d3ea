import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { removeTree } from '../../../src/store/removal.ts';
import { TemporaryDirectory } from '../../end-to-end/checkout.ts';
import { writtenRepository } from '../extension/fixture.ts';
import { oracleTools } from '../oracle.ts';
import { EMPTY_PYLOCK, locked, ourSdist, type ReadSdist, stockSdist } from './sdist-rig.ts';
import { SOURCE_PACKAGES, sourcesOf } from './source-packages.ts';

vi.setConfig({ testTimeout: 300_000 });

function manifest(name: string, more = ''): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;
}

function pyproject(name: string, more = ''): string {
  return `[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n[project]\nname = "${name}"\nversion = "0.1.0"\n${more}`;
}

const LIBRARY = '[lib]\ncrate-type = ["cdylib"]\n';

/** A project with crates beside it: of its workspace, with inherited fields, with features, and of another workspace. */
const WRITTEN: Readonly<Record<string, string>> = {
  'README.md': '# all\n',
  LICENSE: 'free\n',
  'Cargo.toml':
    '[workspace]\nmembers = ["py/crate", "shared/*", "unused"]\nexclude = ["elsewhere"]\nresolver = "2"\n[workspace.package]\nlicense = "MIT"\n[workspace.dependencies]\nitoa = "1"\n',
  'py/pyproject.toml': pyproject(
    'vendoring',
    'readme = "README.md"\n[tool.maturin]\nmanifest-path = "crate/Cargo.toml"\npython-source = "python"\nmodule-name = "vendoring._native"\ninclude = [{ path = "extra/*.txt", format = "sdist" }, { path = "made.txt", format = ["sdist", "wheel"] }]\nexclude = [{ path = "python/vendoring/private.py", format = "sdist" }]\n',
  ),
  'py/README.md': '# vendoring\n',
  'py/extra/notes.txt': 'notes\n',
  'py/extra/notes.md': 'not asked for\n',
  'py/.gitignore': 'made.txt\n*.log\n',
  'py/made.txt': 'made\n',
  'py/python/vendoring/__init__.py': '',
  'py/python/vendoring/private.py': '',
  'py/python/vendoring/run.log': 'log\n',
  'py/crate/Cargo.toml': `${manifest(
    'vendoring-native',
    'license.workspace = true\nreadme = "../../README.md"\n',
  )}${LIBRARY}[dependencies]\nnear = { path = "../../shared/near", optional = true }\nfar = { path = "../../elsewhere/far" }\nitoa.workspace = true\n`,
  'py/crate/src/lib.rs': '',
  'py/crate/src/.hidden': 'tracked all the same\n',
  'shared/near/Cargo.toml': `${manifest('near', 'license.workspace = true\nexclude = ["data/*"]\n')}[dev-dependencies]\nhelper = { path = "../helper" }\n`,
  'shared/near/src/lib.rs': '',
  'shared/near/data/big.bin': '0',
  'shared/near/tests/it.rs': '',
  'shared/helper/Cargo.toml': manifest('helper'),
  'shared/helper/src/lib.rs': '',
  'elsewhere/Cargo.toml': '[workspace]\nmembers = ["far"]\nresolver = "2"\n[workspace.package]\nversion = "3.2.1"\nedition = "2021"\n',
  'elsewhere/far/Cargo.toml': '[package]\nname = "far"\nversion.workspace = true\nedition.workspace = true\n',
  'elsewhere/far/src/lib.rs': '',
  'unused/Cargo.toml': manifest('unused'),
  'unused/src/lib.rs': '',
  'tracked/pyproject.toml': pyproject('tracked', '[tool.maturin]\nsdist-generator = "git"\n'),
  'tracked/Cargo.toml': `${manifest('tracked', LIBRARY)}[workspace]\n`,
  'tracked/src/lib.rs': '',
  'tracked/docs/page.md': '',
  'tracked/.github/workflow.yml': '',
  'py/pylock.toml': EMPTY_PYLOCK,
  'tracked/pylock.toml': EMPTY_PYLOCK,
  '.gitignore': 'target\nresult*\n',
};

let place: TemporaryDirectory;
let root = '';
let store = '';

beforeAll(async () => {
  place = new TemporaryDirectory();
  store = place.join('store');
  root = writtenRepository(WRITTEN, ['.', 'elsewhere', 'tracked']);
  execFileSync('git', ['add', '--all'], { cwd: root });
  await locked(root, store);
}, 300_000);
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  removeTree(store);
  place[Symbol.dispose]();
}, 120_000);

/** The words that differ, for a readable failure; empty: the archives are the same to the byte. */
function differences(theirs: ReadSdist, ours: ReadSdist): readonly string[] {
  const paths = new Set([...theirs.files.keys(), ...ours.files.keys()]);
  const different = [...paths].flatMap((path) => {
    const [left, right] = [theirs.files.get(path), ours.files.get(path)];
    return left === right ? [] : [`${path}: ${left ?? 'missing'} | ${right ?? 'missing'}`];
  });
  if (different.length === 0 && theirs.sha256 !== ours.sha256) return ['other bytes, same files'];
  return theirs.filename === ours.filename ? different : [`${theirs.filename} | ${ours.filename}`, ...different];
}

describe('the source distribution of a project with Rust inside', () => {
  test('holds the crates it depends on by path, of its workspace and of others, with rewritten manifests', async () => {
    const ours = await ourSdist({ root, store, name: 'vendoring' });
    expect(execFileSync(oracleTools().twine, ['check', '--strict', ours.path], { encoding: 'utf8' })).toContain('PASSED');
    expect(differences(stockSdist(join(root, 'py'), place.join('stock')), ours)).toEqual([]);
    expect([...ours.files.keys()]).toMatchSnapshot();
  });

  test('holds what git tracks where that is asked for', async () => {
    const ours = await ourSdist({ root, store, name: 'tracked' });
    expect(differences(stockSdist(join(root, 'tracked'), place.join('stock')), ours)).toEqual([]);
    expect([...ours.files.keys()]).toContain('tracked-0.1.0/.github/workflow.yml');
  });

  test('has the same bytes from another checkout, and changes with a file of a crate', async () => {
    const other = place.join('deeper/below/checkout');
    cpSync(root, other, { recursive: true, filter: (path) => !/\/(?:target|result[^/]*)$/.test(path) });
    const before = await ourSdist({ root, store, name: 'vendoring' });
    const otherStore = place.join('other-store');
    expect((await ourSdist({ root: other, store: otherStore, name: 'vendoring' })).sha256).toBe(before.sha256);
    removeTree(otherStore);
    writeFileSync(join(other, 'elsewhere/far/src/lib.rs'), '// changed\n');
    expect((await ourSdist({ root: other, store, name: 'vendoring' })).sha256).not.toBe(before.sha256);
  });
});

const REAL = ['jiter', 'tokenizers', 'cryptography'];

test.each(REAL)('%s from the registry gives the source distribution that maturin gives, to the byte', async (name) => {
  const subject = SOURCE_PACKAGES.find((each) => each.name === name);
  if (subject === undefined) throw new Error(`${name} is not in the list`);
  const directory = sourcesOf(subject, place.join('sources'));
  rmSync(join(directory, 'PKG-INFO'));
  writeFileSync(join(directory, 'pylock.toml'), EMPTY_PYLOCK);
  rmSync(join(directory, 'uv.lock'), { force: true });
  execFileSync('git', ['init', '--quiet'], { cwd: directory });
  execFileSync('git', ['add', '--all'], { cwd: directory });
  await locked(directory, store);
  const stock = stockSdist(directory, place.join('stock'));
  expect(differences(stock, await ourSdist({ root: directory, store, name }))).toEqual([]);
});
