import { describe, expect, test } from 'vitest';
import type { Diagnostic, Result } from '../../src/diagnostics/diagnostic.ts';
import { readDirectories } from '../../src/repository/directory-listings.ts';
import { discoverRepository } from '../../src/repository/discover.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function discover(directory: string): Promise<Result<Repository>> {
  return discoverRepository({ directory, directories: readDirectories });
}

async function found(directory: string): Promise<Repository> {
  const result = await discover(directory);
  if (!result.ok) throw new Error(result.diagnostics.map((diagnostic) => diagnostic.message).join('\n'));
  return result.value;
}

async function members(directory: string): Promise<readonly string[]> {
  return (await found(directory)).members.map((member) => `${member.kind} ${member.path}`);
}

async function selected(directory: string): Promise<readonly string[]> {
  return (await found(directory)).selected.map((member) => member.path);
}

async function problems(directory: string): Promise<readonly Diagnostic[]> {
  const result = await discover(directory);
  return result.ok ? [] : result.diagnostics;
}

function rust(path: string, manifest = '[package]'): Readonly<Record<string, string>> {
  return { [`${path}Cargo.toml`]: manifest, [`${path}Cargo.lock`]: '' };
}

describe('members', () => {
  test('are directories with a manifest and its lock', async () => {
    const root = temporaryDirectory({
      '.git/HEAD': '',
      ...rust('a/'),
      ...rust('deep/er/b/'),
      'a/crates/x/Cargo.toml': '',
      'py/pyproject.toml': '',
      'py/uv.lock': '',
      'py2/pyproject.toml': '',
      'py2/pylock.toml': '',
      'py2/uv.lock': '',
      'lonely/Cargo.lock': '',
      ...rust('both/'),
      'both/pyproject.toml': '',
      'both/uv.lock': '',
    });
    expect(await members(root)).toEqual(['rust a', 'python both', 'rust both', 'rust deep/er/b', 'python py', 'python py2']);
  });

  test('are not what others keep as material, nor what git ignores', async () => {
    const root = temporaryDirectory({
      '.git/HEAD': '',
      '.git/info/exclude': 'mine',
      '.gitignore': '/scratch/\nout',
      ...rust('a/'),
      ...rust('a/tests/fixtures/x/'),
      ...rust('examples/demo/'),
      ...rust('benches/x/'),
      ...rust('target/package/x/'),
      ...rust('node_modules/x/'),
      ...rust('testdata/x/'),
      ...rust('.cache/x/'),
      ...rust('scratch/x/'),
      ...rust('mine/x/'),
      ...rust('b/out/'),
      ...rust('b/scratch/'),
    });
    expect(await members(root)).toEqual(['rust a', 'rust b/scratch']);
  });

  test('are not vendored crates, which bring the lock they were published with', async () => {
    const root = temporaryDirectory({
      ...rust(''),
      ...rust('vendor/itoa/'),
      'vendor/itoa/.cargo-checksum.json': '{}',
      ...rust('vendor/own/'),
    });
    expect(await members(root)).toEqual(['rust .', 'rust vendor/own']);
  });

  test('are the root itself, shown as a dot', async () => {
    expect(await members(temporaryDirectory({ '.git/HEAD': '', ...rust('') }))).toEqual(['rust .']);
  });

  test('are what `ferrule.toml` says, when it says so', async () => {
    const root = temporaryDirectory({
      'ferrule.toml': 'members = ["packages/*", "examples/demo", "."]\nexclude = ["/packages/old"]',
      ...rust(''),
      ...rust('packages/a/'),
      ...rust('packages/old/'),
      'packages/README': '',
      'packages/none/x': '',
      ...rust('examples/demo/'),
      ...rust('other/'),
    });
    expect(await members(root)).toEqual(['rust .', 'rust examples/demo', 'rust packages/a']);
  });

  test('leave out what `exclude` names', async () => {
    const root = temporaryDirectory({ 'ferrule.toml': 'exclude = ["old/"]', ...rust('a/'), ...rust('old/x/') });
    expect(await members(root)).toEqual(['rust a']);
  });
});

describe('the root', () => {
  test('is the nearest directory with `.git` or `ferrule.toml`', async () => {
    const root = temporaryDirectory({ '.git/HEAD': '', ...rust('a/'), ...rust('b/inner/'), 'b/ferrule.toml': '' });
    expect((await found(`${root}/a`)).root).toBe(root);
    expect((await found(`${root}/b/inner`)).root).toBe(`${root}/b`);
  });

  test('is the nearest member upwards, outside any repository', async () => {
    const root = temporaryDirectory({ ...rust('', '[workspace]'), 'crates/core/Cargo.toml': '', 'crates/core/src/lib.rs': '' });
    expect((await found(`${root}/crates/core/src`)).root).toBe(root);
  });

  test('is a fixture, when the start is inside one', async () => {
    const root = temporaryDirectory({ '.git/HEAD': '', ...rust('a/'), ...rust('a/tests/fixture/'), 'a/tests/fixture/src/lib.rs': '' });
    const repository = await found(`${root}/a/tests/fixture/src`);
    expect(repository.root).toBe(`${root}/a/tests/fixture`);
    expect(repository.members.map((member) => member.path)).toEqual(['.']);
  });

  test('is an ignored directory, when the start is inside one', async () => {
    const root = temporaryDirectory({ '.git/HEAD': '', '.gitignore': 'work', ...rust('a/'), ...rust('work/x/') });
    expect((await found(`${root}/work/x`)).root).toBe(`${root}/work/x`);
  });
});

test('the members around the start are selected, all of them at the root', async () => {
  const root = temporaryDirectory({ '.git/HEAD': '', ...rust('a/'), ...rust('ab/'), ...rust('a/inner/'), 'a/src/lib.rs': '' });
  expect(await selected(root)).toEqual(['a', 'a/inner', 'ab']);
  expect(await selected(`${root}/a/src`)).toEqual(['a']);
  expect(await selected(`${root}/a/inner`)).toEqual(['a/inner']);
});

describe('what is reported', () => {
  test('a package without a lock, when the user stands in it', async () => {
    const root = temporaryDirectory({ '.git/HEAD': '', ...rust('a/'), 'b/Cargo.toml': '[package]', 'b/src/lib.rs': '' });
    expect(await problems(root)).toEqual([]);
    expect(await problems(`${root}/b/src`)).toMatchInlineSnapshot(`
      [
        {
          "blame": "input",
          "code": "F0108",
          "hints": [
            "run \`cargo generate-lockfile\` in \`b\`",
          ],
          "message": "\`b\` has no \`Cargo.lock\`",
          "severity": "error",
        },
      ]
    `);
  });

  test('nothing, in a member of a workspace around', async () => {
    const root = temporaryDirectory({
      '.git/HEAD': '',
      ...rust('', '[workspace]\nmembers = ["crates/*"]'),
      'crates/x/Cargo.toml': '[package]',
    });
    expect(await problems(`${root}/crates/x`)).toEqual([]);
  });

  test('a package that the workspace around excludes', async () => {
    const root = temporaryDirectory({ '.git/HEAD': '', ...rust('', '[workspace]\nexclude = ["fuzz"]'), 'fuzz/Cargo.toml': '[package]' });
    expect((await problems(`${root}/fuzz`)).map((problem) => problem.code)).toEqual(['F0108']);
  });

  test('members of `ferrule.toml` that are none, with their places', async () => {
    const text = 'members = [\n  "a",\n  "b",\n  "py",\n]';
    const root = temporaryDirectory({ 'ferrule.toml': text, 'a/Cargo.toml': '', 'b/x': '', 'py/pyproject.toml': '' });
    const shown = (await problems(root)).map(({ code, message, span }) => [code, message, span?.text.slice(span.start, span.end)]);
    expect(shown).toMatchInlineSnapshot(`
      [
        [
          "F0108",
          "\`a\` has no \`Cargo.lock\`",
          ""a"",
        ],
        [
          "F0109",
          "member \`b\` holds neither \`Cargo.toml\` nor \`pyproject.toml\`",
          ""b"",
        ],
        [
          "F0109",
          "member \`py\` has no \`uv.lock\`",
          ""py"",
        ],
      ]
    `);
  });

  test('that there is nothing', async () => {
    const root = temporaryDirectory({ '.git/HEAD': '', 'README.md': '' });
    expect((await problems(root)).map(({ code, message }) => [code, message])).toMatchInlineSnapshot(`
      [
        [
          "F0107",
          "there is nothing to build here",
        ],
      ]
    `);
  });
});
