import { execFileSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { compilesNothing } from '../../../src/python/build/compiles-nothing.ts';
import { readBuildSystem } from '../../../src/python/build/build-system.ts';
import { gitVersion, versionTeller } from '../../../src/python/build/git-version.ts';
import { wheelBuildAction } from '../../../src/python/build/wheel-build-action.ts';
import { writeFiles } from '../../repository/temporary-directory.ts';
import { ENVIRONMENT, SUBJECT, valueOf, wordsOf, Workshop } from './rig.ts';

const workshop = new Workshop();
const SYSTEMS = [
  ['setuptools-scm', ['setuptools', 'setuptools-scm'], 'setuptools.build_meta', '[tool.setuptools_scm]\nversion_file = "demo/_version.py"'],
  ['hatch-vcs', ['hatchling', 'hatch-vcs'], 'hatchling.build', '[tool.hatch.version]\nsource = "vcs"'],
  ['pdm', ['pdm-backend'], 'pdm.backend', '[tool.pdm.version]\nsource = "scm"'],
] as const;

beforeAll(async () => {
  await workshop.prepare(SYSTEMS.map(([, requires, , tables]) => ({ requires, project: project(requires, tables) })));
}, 120_000);

function project(requires: readonly string[], tables: string, backend = SYSTEMS.find((system) => system[1] === requires)?.[2]): string {
  return workshop.place({
    'pyproject.toml': `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "${backend}"\n[project]\nname = "demo"\ndynamic = ["version"]\n${tables}\n`,
    'demo/__init__.py': '',
  });
}

function git(directory: string, ...words: readonly string[]): void {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false', '-c', 'tag.gpgsign=false'];
  execFileSync('git', ['-C', directory, ...who, ...words], { stdio: 'ignore' });
}

function commit(directory: string): void {
  git(directory, 'add', '.');
  git(directory, 'commit', '--allow-empty', '-m', 'x');
}

function versionOf(directory: string): string {
  const version = gitVersion({ directory, subject: SUBJECT, environment: ENVIRONMENT });
  return version.ok ? version.value.version.replace(/g[0-9a-f]{9}/, '[COMMIT]') : wordsOf(version);
}

test('a tag is the version; behind it comes the next one, and a changed checkout says so', () => {
  const directory = workshop.place({ 'a.txt': '' });
  expect(versionOf(directory)).toMatchInlineSnapshot(`
    "error[F0993]: the version of \`demo\` comes from git, which does not tell it
      reason  there is no git repository with a commit
    hint: fetch the tags (\`git fetch --tags --unshallow\`), or give the version: \`environment = { SETUPTOOLS_SCM_PRETEND_VERSION = "1.0" }\` in an override of \`ferrule.toml\`
    "
  `);
  git(directory, 'init');
  commit(directory);
  expect(versionOf(directory)).toBe('0.1.dev1+[COMMIT]');
  git(directory, 'tag', 'v1.2.3');
  expect(versionOf(directory)).toBe('1.2.3');
  writeFiles(directory, { 'a.txt': 'changed' });
  expect(versionOf(directory)).toBe('1.2.4.dev0+[COMMIT].dirty');
  commit(directory);
  expect(versionOf(directory)).toBe('1.2.4.dev1+[COMMIT]');
  git(directory, 'tag', 'demo-2.0rc1');
  expect(versionOf(directory)).toBe('2.0rc1');
  git(directory, 'tag', '-d', 'demo-2.0rc1');
  git(directory, 'tag', 'release7');
  expect(versionOf(directory)).toContain('F0993');
});

test('a shallow clone without tags has no version', () => {
  const origin = workshop.place({ 'a.txt': '' });
  git(origin, 'init');
  commit(origin);
  git(origin, 'tag', 'v1.0');
  commit(origin);
  commit(origin);
  const clone = workshop.place();
  git(clone, 'clone', '--depth', '1', `file://${origin}`, 'here');
  expect(versionOf(`${clone}/here`)).toContain('the clone is shallow');
});

test.each(SYSTEMS)('%s takes the version that it is told', { timeout: 60_000 }, async (_, requires, _backend, tables) => {
  const directory = project(requires, tables);
  const teller = versionTeller(await workshop.manifest(directory));
  if (teller === undefined) throw new Error('the version does not come from git');
  const call = await workshop.call(directory, { environment: { [teller]: '3.1.dev4+g012345678' } });
  expect(valueOf(await workshop.build(wheelBuildAction(call))).filename).toMatch(
    /^demo-3\.1\.dev4\+g012345678-py(?:2\.py)?3-none-any\.whl$/,
  );
});

test.each([
  ['hatchling.build', '', true],
  ['hatchling.build', '[tool.hatch.build.hooks.vcs]\nversion-file = "a.py"', true],
  ['hatchling.build', '[tool.hatch.build.hooks.custom]', false],
  ['uv_build', '', true],
  ['flit_core.buildapi', '', true],
  ['poetry.core.masonry.api', '', true],
  ['poetry.core.masonry.api', '[tool.poetry.build]\nscript = "b.py"', false],
  ['pdm.backend', '', true],
  ['pdm.backend', '[tool.pdm.build]\nrun-setuptools = true', false],
  ['setuptools.build_meta', '', false],
  ['mesonpy', '', false],
])('%s with `%s` surely compiles nothing: %s', async (backend, tables, expected) => {
  const text = `[build-system]\nrequires = ["x"]\nbuild-backend = "${backend}"\n${tables}\n`;
  expect(compilesNothing(valueOf(await readBuildSystem({ file: 'pyproject.toml', text })))).toBe(expected);
});
