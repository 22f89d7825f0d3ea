import { expect, test } from 'vitest';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { parseLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { ANY_ARTIFACT } from '../../../src/python/project/uv-settings.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { askPackaging } from '../version/packaging-oracle.ts';
import { cpython, LINUX, MAC_ARM } from './interpreters.ts';

/** A lock for several extras and groups, as PDM writes it: what the project itself requires is a default group. */
const LOCK = `lock-version = "1.0"
requires-python = ">=3.10"
extras = ["fast", "docs"]
dependency-groups = ["default", "test", "lint"]
default-groups = ["default"]
created-by = "by hand"
${[
  ['always', undefined],
  ['base', "'default' in dependency_groups"],
  ['base-mac', "'default' in dependency_groups and sys_platform == 'darwin'"],
  ['speed', "'fast' in extras"],
  ['shared', "'fast' in extras or 'test' in dependency_groups"],
  ['tester', "'test' in dependency_groups"],
  ['linter', "'lint' in dependency_groups and python_version >= '3.12'"],
  ['writer', "'docs' in extras and 'default' not in dependency_groups"],
]
  .map(
    ([name, marker]) => `
[[packages]]
name = "${name}"
version = "1.0"
${marker === undefined ? '' : `marker = "${marker}"\n`}[[packages.wheels]]
name = "${name?.replaceAll('-', '_')}-1.0-py3-none-any.whl"
url = "https://index.invalid/${name?.replaceAll('-', '_')}-1.0-py3-none-any.whl"
hashes = { sha256 = "${'0'.repeat(64)}" }
`,
  )
  .join('')}`;

const QUESTIONS = [
  { extras: [], groups: [], target: LINUX },
  { extras: [], groups: [], target: MAC_ARM },
  { extras: ['fast'], groups: [], target: LINUX },
  { extras: ['fast', 'docs'], groups: ['test'], target: LINUX },
  { extras: [], groups: ['test', 'lint'], target: MAC_ARM },
] as const;

const SELECT = `
import tomllib
from packaging.pylock import Pylock
from packaging.tags import parse_tag
lock = Pylock.from_dict(tomllib.loads(question["lock"]))
answer = [
    sorted(package.name for package, _ in lock.select(
        environment=one["environment"],
        tags=[tag for text in one["tags"] for tag in parse_tag(text)],
        extras=one["extras"],
        dependency_groups=["default", *one["groups"]],
    ))
    for one in question["each"]
]
`;

test('of a lock for several extras and groups, those that `packaging` selects are needed', async () => {
  const lock = await parseLock({ path: '/repository/pylock.toml', file: 'pylock.toml', text: LOCK });
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  const each = QUESTIONS.map(({ extras, groups, target }) => ({ extras, groups, interpreter: cpython('3.12.1', target) }));
  const mine = each.map(({ extras, groups, interpreter }) => {
    const tags = supportedTags(interpreter);
    const request = { root: normalizeName('app'), extras: extras.map(normalizeName), groups: groups.map(normalizeName), withProject: true };
    const resolution = resolveLock({ lock: lock.value, request, interpreter, tags, choice: ANY_ARTIFACT });
    return resolution.ok ? resolution.value.distributions.map(({ name }) => name) : resolution.diagnostics;
  });
  const question = {
    lock: LOCK,
    each: each.map(({ extras, groups, interpreter }) => ({
      extras,
      groups,
      environment: interpreter.markers,
      tags: supportedTags(interpreter).tags,
    })),
  };
  expect(mine).toEqual(askPackaging(question, SELECT));
  expect(mine[0]).toEqual(['always', 'base']);
}, 60_000);

test.each([
  [['slow'], [], '`pylock.toml` was not made for the extra `slow`'],
  [[], ['none'], '`pylock.toml` was not made for the dependency group `none`'],
])('extras %j and groups %j are not in it', async (extras, groups, message) => {
  const lock = await parseLock({ path: '/repository/pylock.toml', file: 'pylock.toml', text: LOCK });
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  const interpreter = cpython('3.12.1', LINUX);
  const request = { root: normalizeName('app'), extras: extras.map(normalizeName), groups: groups.map(normalizeName), withProject: true };
  const resolution = resolveLock({ lock: lock.value, request, interpreter, tags: supportedTags(interpreter), choice: ANY_ARTIFACT });
  expect(resolution.ok ? [] : resolution.diagnostics.map((diagnostic) => diagnostic.message)).toEqual([message]);
});
