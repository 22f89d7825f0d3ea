import { describe, expect, test } from 'vitest';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { parseLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { ANY_ARTIFACT } from '../../../src/python/project/uv-settings.ts';
import type { Resolution } from '../../../src/python/resolution.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { cpython, LINUX, MAC_ARM } from './interpreters.ts';

const ROOT = '[[package]]\nname = "app"\nversion = "1"\nsource = { virtual = "." }\n';

interface Asked {
  readonly text: string;
  readonly file?: string;
  readonly extras?: readonly string[];
  readonly groups?: readonly string[];
  readonly python?: string;
  readonly target?: typeof LINUX;
}

async function resolve({
  text,
  file = 'uv.lock',
  extras = [],
  groups = [],
  python = '3.12.1',
  target = LINUX,
}: Asked): Promise<Result<Resolution>> {
  const lock = await parseLock({ path: `/repository/${file}`, file, text });
  if (!lock.ok) return lock;
  const interpreter = cpython(python, target);
  const request = { root: normalizeName('app'), extras: extras.map(normalizeName), groups: groups.map(normalizeName), withProject: true };
  return resolveLock({ lock: lock.value, request, interpreter, tags: supportedTags(interpreter), choice: ANY_ARTIFACT });
}

async function complaint(asked: Asked): Promise<string> {
  const result = await resolve(asked);
  return result.ok ? 'nothing' : printDiagnostics(result.diagnostics, { colour: false });
}

describe('a lock that cannot be used says why and where', () => {
  test('another version of the format', async () => {
    expect(await complaint({ text: 'version = 2\nrevision = 1\n' })).toMatchInlineSnapshot(`
      "error[F0920]: \`uv.lock\` has version 2, and only version 1 of uv's locks is known
        --> uv.lock:1:11
         1 | version = 2
           |           ^
      hint: run \`uv lock\` with a version of uv that writes \`version = 1\`, or use a newer Ferrule
      "
    `);
  });

  test('no TOML', async () => {
    expect(await complaint({ text: 'version = 1\n[[package]\n' })).toMatchInlineSnapshot(`
      "error[F0102]: \`uv.lock\` is not valid TOML: Unterminated table-key
        --> uv.lock:3:1
         3 |
           | ^
      "
    `);
  });

  test('two entries with one identity', async () => {
    const entry = '[[package]]\nname = "leaf"\nversion = "1"\nsource = { registry = "https://index.example/simple" }\n';
    expect(await complaint({ text: `version = 1\n\n${ROOT}\n${entry}\n${entry}` })).toMatchInlineSnapshot(`
      "error[F0921]: the entry repeats another one of \`leaf\`: version and source are the same
        --> uv.lock:14:1
        14 | name = "leaf"
           | ^^^^^^^^^^^^^
      hint: run \`uv lock\` in the directory of \`uv.lock\`; locks are not written by hand
      "
    `);
  });

  test('a git source without its commit', async () => {
    const git = '[[package]]\nname = "leaf"\nversion = "1"\nsource = { git = "https://example.org/leaf?rev=main" }\n';
    expect(await complaint({ text: `version = 1\n\n${ROOT}\n${git}` })).toMatchInlineSnapshot(`
      "error[F0921]: \`source\` must end in \`#\` and a full commit
        --> uv.lock:11:10
        11 | source = { git = "https://example.org/leaf?rev=main" }
           |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: run \`uv lock\` in the directory of \`uv.lock\`; locks are not written by hand
      "
    `);
  });

  test('a direct file without a hash', async () => {
    const direct =
      '[[package]]\nname = "leaf"\nversion = "1"\nsource = { url = "https://example.org/leaf-1-py3-none-any.whl" }\nwheels = [{ url = "https://example.org/leaf-1-py3-none-any.whl" }]\n';
    const root = `${ROOT}dependencies = [{ name = "leaf" }]\n`;
    expect(await complaint({ text: `version = 1\n\n${root}\n${direct}` })).toMatchInlineSnapshot(`
      "error[F0921]: the file of \`leaf\` must have a \`hash\`
        --> uv.lock:10:1
        10 | name = "leaf"
           | ^^^^^^^^^^^^^
      hint: run \`uv lock\`; locks are not written by hand
      "
    `);
  });

  test('an edge that leads nowhere', async () => {
    expect(await complaint({ text: `version = 1\n\n${ROOT}dependencies = [{ name = "gone" }]\n` })).toMatchInlineSnapshot(`
      "error[F0921]: \`app\` needs \`gone\`, which is not in the lock
        --> uv.lock:4:1
         4 | name = "app"
           | ^^^^^^^^^^^^
      hint: run \`uv lock\`; locks are not written by hand
      "
    `);
  });

  test('a marker that is none', async () => {
    const root = `${ROOT}dependencies = [{ name = "app", marker = "sys_platform = 'linux'" }]\n`;
    expect(await complaint({ text: `version = 1\n\n${root}` })).toMatchInlineSnapshot(`
      "error[F0921]: \`sys_platform = 'linux'\` is not a marker: expected a comparison such as \`==\`, \`>=\` or \`in\`, found \`=\`
        --> uv.lock:7:42
         7 | dependencies = [{ name = "app", marker = "sys_platform = 'linux'" }]
           |                                          ^^^^^^^^^^^^^^^^^^^^^^^^
      hint: write the lock again; locks are not edited by hand
      "
    `);
  });

  test('an extra and a group that are not there', async () => {
    const root = `${ROOT}\n[package.optional-dependencies]\nfast = [{ name = "app" }]\n`;
    expect(await complaint({ text: `version = 1\n\n${root}`, extras: ['fest'], groups: ['dev'] })).toMatchInlineSnapshot(`
      "error[F0922]: \`app\` has no dependency group \`dev\` in \`uv.lock\`
        --> uv.lock:4:1
         4 | name = "app"
           | ^^^^^^^^^^^^
        dependency groups  none
      hint: name one of these, or run \`uv lock\` if it was added to \`pyproject.toml\` since

      error[F0922]: \`app\` has no extra \`fest\` in \`uv.lock\`
        --> uv.lock:4:1
         4 | name = "app"
           | ^^^^^^^^^^^^
        extras  \`fast\`
      hint: name one of these, or run \`uv lock\` if it was added to \`pyproject.toml\` since
      "
    `);
  });

  test('an interpreter that is too old', async () => {
    expect(await complaint({ text: `version = 1\nrequires-python = ">=3.11, <4"\n\n${ROOT}`, python: '3.10.4' })).toMatchInlineSnapshot(`
      "error[F0924]: \`uv.lock\` is not for Python 3.10.4
        --> uv.lock:2:19
         2 | requires-python = ">=3.11, <4"
           |                   ^^^^^^^^^^^^
        the lock is for     Python >=3.11, <4
        the interpreter is  Python 3.10.4
      hint: choose another interpreter in \`.python-version\`, or widen \`requires-python\` and run \`uv lock\`
      "
    `);
  });

  test('a platform that was left out', async () => {
    const text = `version = 1\nsupported-markers = [\n    "sys_platform == 'linux'",\n]\n\n${ROOT}`;
    expect(await complaint({ text, target: MAC_ARM })).toMatchInlineSnapshot(`
      "error[F0924]: \`uv.lock\` was not made for this environment
        --> uv.lock:2:21
         2 | supported-markers = [
           |                     ^
         3 |     "sys_platform == 'linux'",
           |     ^^^^^^^^^^^^^^^^^^^^^^^^^^
         4 | ]
           | ^
        the environment is  CPython 3.12.1 on macos arm64 (14.0)
        the lock is for     \`sys_platform == 'linux'\`
      hint: add it to \`tool.uv.environments\` (or remove that key) and run \`uv lock\`
      "
    `);
  });

  test('wheels for others only', async () => {
    const wheels = ['cp39-cp39-win_amd64', 'cp310-cp310-win_amd64', 'cp39-cp39-macosx_11_0_arm64'];
    const list = wheels.map((tag) => `    { url = "https://example.org/leaf-1-${tag}.whl", hash = "sha256:00" },\n`).join('');
    const leaf = `[[package]]\nname = "leaf"\nversion = "1"\nsource = { registry = "https://index.example/simple" }\nwheels = [\n${list}]\n`;
    expect(await complaint({ text: `version = 1\n\n${ROOT}dependencies = [{ name = "leaf" }]\n\n${leaf}` })).toMatchInlineSnapshot(`
      "error[F0926]: no wheel of \`leaf 1\` fits the interpreter, and the lock has no source distribution
        --> uv.lock:10:1
        10 | name = "leaf"
           | ^^^^^^^^^^^^^
        the interpreter is  CPython 3.12.1 on linux x86_64 (glibc 2.35)
        best it could use   \`cp312-cp312-manylinux_2_35_x86_64\`
        wheels there are    \`cp39-cp39-win_amd64\`, \`cp310-cp310-win_amd64\`, \`cp39-cp39-macosx_11_0_arm64\`
      hint: choose another interpreter in \`.python-version\`
      hint: name the platform in \`tool.uv.required-environments\` and run \`uv lock\`: it then looks for a version that has a wheel
      "
    `);
  });

  test('a pylock.toml with two entries for one environment', async () => {
    const entry =
      '[[packages]]\nname = "leaf"\nversion = "1"\nwheels = [{ url = "https://example.org/leaf-1-py3-none-any.whl", hashes = { sha256 = "00" } }]\n';
    expect(await complaint({ file: 'pylock.toml', text: `lock-version = "1.0"\n\n${entry}\n${entry}` })).toMatchInlineSnapshot(`
      "error[F0925]: \`leaf\` would be installed twice
        --> pylock.toml:4:1
         4 | name = "leaf"
           | ^^^^^^^^^^^^^
      note: and again from here
        --> pylock.toml:9:1
         9 | name = "leaf"
           | ^^^^^^^^^^^^^
      hint: write the lock again: the markers of the two entries must exclude each other
      "
    `);
  });
});

test('what newer versions of uv write is passed over, what older ones wrote is understood', async () => {
  const text = `version = 1
revision = 9
unheard-of = true
[options]
new = "x"

[[distribution]]
name = "App"
version = "1"
source = { virtual = "." }
news = []

[distribution.dependency-groups]
dev = [{ name = "leaf", novelty = 1 }]

[[distribution]]
name = "leaf"
version = "1"
source = { registry = "https://index.example/simple", colour = "red" }
sdist = { url = "https://example.org/leaf-1.tar.gz?token=1#x", hash = "sha512:ABCD", size = 3, upload_time = "2024-01-01", zstd = {} }
`;
  const result = await resolve({ text, groups: ['dev'] });
  expect(result).toMatchObject({
    ok: true,
    value: {
      distributions: [
        { name: 'app' },
        {
          name: 'leaf',
          source: { kind: 'sdist', artifact: { filename: 'leaf-1.tar.gz', hash: { algorithm: 'sha512', hex: 'abcd' }, size: 3 } },
        },
      ],
    },
  });
});
