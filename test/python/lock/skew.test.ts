import { afterAll, beforeAll, expect, test } from 'vitest';
import { join } from 'node:path';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import type { PythonLock } from '../../../src/python/lock/lock.ts';
import { mergeResolutions, type MemberResolution } from '../../../src/python/lock/merge-resolutions.ts';
import { readLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { lockSkew, type SharedDependency } from '../../../src/python/lock/skew.ts';
import { ANY_ARTIFACT } from '../../../src/python/project/uv-settings.ts';
import type { Resolution } from '../../../src/python/resolution.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { cpython, LINUX } from './interpreters.ts';
import { openWorkshop, type Workshop } from './small-index.ts';

const RELEASES = {
  'agreed 1.0': {},
  'drifted 1.0': {},
  'drifted 1.5': {},
  'torn 1.0': {},
  'torn 2.0': {},
  'mine 1.0': { requires: ['agreed'] },
  'choosy 1.0': { requires: ['torn ; extra == "more"'], extras: ['more'] },
};

function project(name: string, rest: string): string {
  return `[project]\nname = "${name}"\nversion = "1"\nrequires-python = ">=3.10"\n${rest}`;
}

/** Two members of one repository; `front` uses `back`. */
const FILES = {
  'back/pyproject.toml': project('back', 'dependencies = ["agreed", "drifted<1.5", "torn<2"]\n[dependency-groups]\ntest = ["mine"]\n'),
  'front/pyproject.toml': project('front', 'dependencies = ["agreed", "drifted"]\n[dependency-groups]\ndev = ["torn>=2", "mine"]\n'),
  'rich/pyproject.toml': project(
    'rich',
    'dependencies = ["choosy"]\n[project.optional-dependencies]\nfull = ["choosy[more]"]\nplain = ["drifted<1.5"]\n',
  ),
  'whole/pyproject.toml': project('whole', 'dependencies = ["back"]\n[tool.uv.sources]\nback = { path = "../back" }\n'),
};

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop(RELEASES);
  workshop.write(FILES);
  for (const member of ['back', 'front', 'rich', 'whole']) {
    const run = await workshop.uv(member, 'lock');
    if (!run.ok) throw new Error(run.stderr);
  }
}, 60_000);
afterAll(() => {
  workshop.close();
});

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics[0]?.message);
  return result.value;
}

async function lockOf(member: string): Promise<PythonLock> {
  return value(await readLock({ path: join(workshop.directory, member, 'uv.lock'), file: `${member}/uv.lock` }));
}

async function skewOf(...names: readonly string[]): Promise<readonly SharedDependency[]> {
  return lockSkew({ members: await Promise.all(names.map(async (member) => ({ member, lock: await lockOf(member) }))) });
}

function table(shared: readonly SharedDependency[]): readonly string[] {
  return shared.map(({ name, verdict, versions, environments }) => {
    const columns = versions.map(({ version, lockedBy, rejectedBy }) => {
      const members = lockedBy.map(({ member }) => member).join('+');
      const against = rejectedBy.map(
        (consumer) => `${consumer.project}${consumer.within === undefined ? '' : `/${consumer.within}`} ${consumer.specifier}`,
      );
      return `${version} by ${members}${against.length === 0 ? '' : ` against ${against.join(', ')}`}`;
    });
    return `${name} ${verdict}: ${columns.join('; ')} in ${environments.join(' ')}`;
  });
}

test('skew: who locks what, whom it suits, and where it matters', async () => {
  expect(table(await skewOf('back', 'front'))).toMatchInlineSnapshot(`
    [
      "agreed same: 1.0 by back+front in back:env back:env/test front:env front:env/dev",
      "drifted compatible: 1.5 by front against back <1.5; 1.0 by back in back:env back:env/test front:env front:env/dev",
      "mine same: 1.0 by back+front in back:env/test front:env/dev",
      "torn conflicting: 2.0 by front against back <2; 1.0 by back against front/dev >=2 in back:env back:env/test front:env/dev",
    ]
  `);
});

test('an environment is touched by what its own extras bring, and no others', async () => {
  expect(table(await skewOf('back', 'rich'))).toMatchInlineSnapshot(`
    [
      "drifted same: 1.0 by back+rich in back:env back:env/test rich[plain]:env",
      "torn compatible: 2.0 by rich against back <2; 1.0 by back in back:env back:env/test rich[full]:env",
    ]
  `);
});

test('a lock beside itself has no skew', async () => {
  const lock = await lockOf('back');
  const shared = lockSkew({ members: ['one', 'two'].map((member) => ({ member, lock })) });
  expect(new Set(shared.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
});

test('a project that another one uses is no shared dependency, but what it needs is', async () => {
  const names = (await skewOf('back', 'whole')).map(({ name }) => name);
  expect(names).toEqual(['agreed', 'drifted', 'torn']);
});

async function resolutionOf(member: string, groups: readonly string[]): Promise<MemberResolution> {
  const interpreter = cpython('3.12.1', LINUX);
  const request = { root: normalizeName(member), extras: [], groups: groups.map(normalizeName), withProject: true };
  const question = { lock: await lockOf(member), request, interpreter, tags: supportedTags(interpreter), choice: ANY_ARTIFACT };
  return { member, resolution: value(resolveLock(question)) };
}

function versionsOf({ distributions }: Resolution): readonly string[] {
  return distributions.map(({ name, version }) => `${name} ${version}`);
}

test('members that agree share an environment', async () => {
  const members = [await resolutionOf('back', ['test']), await resolutionOf('whole', [])];
  const merged = value(mergeResolutions({ members, prefer: undefined }));
  expect(versionsOf(merged)).toEqual(['agreed 1.0', 'back 1', 'drifted 1.0', 'mine 1.0', 'torn 1.0', 'whole 1']);
  // `whole` installs what is virtual for itself.
  expect(merged.distributions.find(({ name }) => name === 'back')?.source.kind).toBe('directory');
});

test('members that disagree are an error that shows both locks', async () => {
  const members = [await resolutionOf('back', []), await resolutionOf('front', ['dev'])];
  const merged = mergeResolutions({ members, prefer: undefined });
  expect(merged.ok).toBe(false);
  if (!merged.ok)
    expect(printDiagnostics(merged.diagnostics, { colour: false })).toMatchInlineSnapshot(`
    "error[F0933]: \`drifted\` is locked at 1.0 by \`back\` and at 1.5 by \`front\`
      --> back/uv.lock:39:1
      39 | name = "drifted"
         | ^^^^^^^^^^^^^^^^
      back   1.0, drifted-1.0-py3-none-any.whl
      front  1.5, drifted-1.5-py3-none-any.whl
    note: locked by \`front\`
      --> front/uv.lock:14:1
      14 | name = "drifted"
         | ^^^^^^^^^^^^^^^^
    hint: lock one version in both: \`uv lock --upgrade-package drifted==1.0\`
    hint: or set \`prefer\` of the environment in \`ferrule.toml\` to the member whose lock counts

    error[F0933]: \`torn\` is locked at 1.0 by \`back\` and at 2.0 by \`front\`
      --> back/uv.lock:58:1
      58 | name = "torn"
         | ^^^^^^^^^^^^^
      back   1.0, torn-1.0-py3-none-any.whl
      front  2.0, torn-2.0-py3-none-any.whl
    note: locked by \`front\`
      --> front/uv.lock:60:1
      60 | name = "torn"
         | ^^^^^^^^^^^^^
    hint: lock one version in both: \`uv lock --upgrade-package torn==1.0\`
    hint: or set \`prefer\` of the environment in \`ferrule.toml\` to the member whose lock counts
    "
  `);
});

test('whoever is preferred wins, and only then', async () => {
  const members = [await resolutionOf('back', []), await resolutionOf('front', ['dev'])];
  expect(versionsOf(value(mergeResolutions({ members, prefer: 'front' })))).toContain('torn 2.0');
  expect(versionsOf(value(mergeResolutions({ members, prefer: 'back' })))).toContain('torn 1.0');
  expect(mergeResolutions({ members, prefer: 'nobody' }).ok).toBe(false);
});
