import { describe, expect, test } from 'vitest';
import { EMPTY_CONFIG, parseConfig, readConfig } from '../../src/repository/config.ts';
import { parseSize } from '../../src/repository/config-schema.ts';

async function explain(text: string): Promise<string> {
  const config = await parseConfig({ file: 'ferrule.toml', text });
  if (config.ok) return 'fine';
  return config.diagnostics
    .map(({ code, message, span, hints }) => {
      const place = span === undefined ? '' : ` @ ${JSON.stringify(text.slice(span.start, span.end))}`;
      return `${code} ${message}${place}${(hints ?? []).map((hint) => ` (${hint})`).join('')}`;
    })
    .join('\n');
}

test('a file that is not there is an empty one', async () => {
  expect(await readConfig({ path: '/nowhere/ferrule.toml', file: 'ferrule.toml' })).toEqual({ ok: true, value: EMPTY_CONFIG });
  expect(await parseConfig({ file: 'ferrule.toml', text: '' })).toEqual({ ok: true, value: EMPTY_CONFIG });
});

test('everything that can be said is read', async () => {
  const config = await parseConfig({
    file: 'ferrule.toml',
    text: `
      members = ["a", "b/*"]
      exclude = ["old"]
      [build]
      profile = "dist"
      target = "x86_64-unknown-linux-musl"
      features = ["x"]
      jobs = 4
      sandbox = "off"
      pass-environment = ["SSH_AUTH_SOCK"]
      [store]
      directory = ".store"
      max-size = "20 GB"
      [policy]
      skew = "any"
      [python]
      interpreter = "3.12"
      [[collision]]
      paths = "share/licences/*"
      take = "first"
      [caches.team]
      kind = "http"
      url = "https://cache.example.org/"
      public-keys = ["team-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
      [checks.lint]
      command = ["x"]
      [[override]]
      distribution = "torch"
      remove = ["torch/test/**"]
      libraries = ["libcuda.so.1"]
      replace = { wheel = "wheels/torch-2.5.0-cp312-cp312-linux_x86_64.whl", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
      [[override]]
      crate = "openssl-sys"
      version = ">=0.9, <2"
      platform = 'cfg(target_os = "linux")'
      pkg-config = ["openssl"]
      tools = ["perl"]
      environment = { OPENSSL_NO_VENDOR = "1" }
      pass-environment = ["OPENSSL_DIR"]
      inputs = ["../idl/**/*.idl"]
      writable-source = true
      patch = "patches/openssl.patch"
      [[override]]
      distribution = "numba"
    `,
  });
  expect(config).toMatchInlineSnapshot(`
    {
      "ok": true,
      "value": {
        "build": {
          "features": [
            "x",
          ],
          "jobs": 4,
          "passEnvironment": [
            "SSH_AUTH_SOCK",
          ],
          "profile": "dist",
          "sandbox": "off",
          "target": "x86_64-unknown-linux-musl",
        },
        "caches": [
          {
            "compression": undefined,
            "kind": "http",
            "name": "team",
            "password": undefined,
            "priority": undefined,
            "publicKeys": [
              "team-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ],
            "push": false,
            "signingKey": undefined,
            "url": "https://cache.example.org",
            "user": undefined,
          },
        ],
        "checks": {
          "lint": {
            "arguments": [],
            "command": [
              "x",
            ],
            "directory": undefined,
            "enabled": true,
            "environment": undefined,
            "groups": [],
            "inputs": [],
            "passEnvironment": [],
            "projects": [],
            "runner": undefined,
            "variables": {},
          },
        },
        "collisions": [
          {
            "paths": "share/licences/*",
            "take": "first",
          },
        ],
        "environments": {},
        "exclude": [
          "old",
        ],
        "members": [
          "a",
          "b/*",
        ],
        "nix": {
          "packages": undefined,
          "systems": undefined,
        },
        "overrides": [
          {
            "environment": {},
            "inputs": [],
            "libraries": [
              "libcuda.so.1",
            ],
            "passEnvironment": [],
            "patch": undefined,
            "pkgConfig": [],
            "platform": undefined,
            "remove": [
              "torch/test/**",
            ],
            "replace": {
              "sha256": "0000000000000000000000000000000000000000000000000000000000000000",
              "wheel": "wheels/torch-2.5.0-cp312-cp312-linux_x86_64.whl",
            },
            "subject": {
              "kind": "distribution",
              "name": "torch",
            },
            "tools": [],
            "version": undefined,
            "writableSource": false,
          },
          {
            "environment": {
              "OPENSSL_NO_VENDOR": "1",
            },
            "inputs": [
              "../idl/**/*.idl",
            ],
            "libraries": [],
            "passEnvironment": [
              "OPENSSL_DIR",
            ],
            "patch": "patches/openssl.patch",
            "pkgConfig": [
              "openssl",
            ],
            "platform": "cfg(target_os = "linux")",
            "remove": [],
            "replace": undefined,
            "subject": {
              "kind": "crate",
              "name": "openssl-sys",
            },
            "tools": [
              "perl",
            ],
            "version": ">=0.9, <2",
            "writableSource": true,
          },
          {
            "environment": {},
            "inputs": [],
            "libraries": [],
            "passEnvironment": [],
            "patch": undefined,
            "pkgConfig": [],
            "platform": undefined,
            "remove": [],
            "replace": undefined,
            "subject": {
              "kind": "distribution",
              "name": "numba",
            },
            "tools": [],
            "version": undefined,
            "writableSource": false,
          },
        ],
        "policy": {
          "checks": undefined,
          "skew": "any",
        },
        "python": {
          "interpreter": "3.12",
        },
        "store": {
          "directory": ".store",
          "maxSize": 20000000000,
        },
      },
    }
  `);
});

describe('mistakes are shown where they are', () => {
  test('no TOML', async () => {
    expect(await explain('members = [\n  "a"\n  "b"\n]')).toMatchInlineSnapshot(
      `"F0102 \`ferrule.toml\` is not valid TOML: Expected comma (,) token @ " \\"b\\"""`,
    );
    expect(await explain('a = "x')).toMatchInlineSnapshot(`"F0102 \`ferrule.toml\` is not valid TOML: Unterminated string constant @ "x""`);
    expect(await explain('a = 1\na = 2')).toMatchInlineSnapshot(
      `"F0102 \`ferrule.toml\` is not valid TOML: Defining a key multiple times is invalid @ "a = 2""`,
    );
  });

  test('unknown keys', async () => {
    expect(await explain('mebers = []')).toMatchInlineSnapshot(`"F0103 unknown key \`mebers\` @ "mebers" (did you mean \`members\`?)"`);
    expect(await explain('[build]\nprofil = "x"')).toMatchInlineSnapshot(
      `"F0103 unknown key \`profil\` in \`build\` @ "profil" (did you mean \`profile\`?)"`,
    );
    expect(await explain('[[override]]\ncrate = "a"\n[[override]]\ncrate = "b"\npkg_config = []')).toMatchInlineSnapshot(
      `"F0103 unknown key \`pkg_config\` in \`override\` @ "pkg_config" (did you mean \`pkg-config\`?)"`,
    );
    expect(await explain('override = [{ crate = "a", zzz = 1 }]')).toMatchInlineSnapshot(
      `"F0103 unknown key \`zzz\` in \`override\` @ "zzz" (known keys are \`crate\`, \`distribution\`, \`version\`, \`platform\`, \`pkg-config\`, \`tools\`, \`environment\`, \`pass-environment\`, \`inputs\`, \`writable-source\`, \`patch\`, \`remove\`, \`libraries\`, \`replace\`)"`,
    );
    expect(await explain('[policy]\nabsolutely_else = 1')).toMatchInlineSnapshot(
      `"F0103 unknown key \`absolutely_else\` in \`policy\` @ "absolutely_else" (known keys are \`skew\`, \`checks\`)"`,
    );
  });

  test('wrong values', async () => {
    expect(await explain('members = ["a", 1]')).toMatchInlineSnapshot(`"F0104 \`members[1]\` must be a string @ "1""`);
    expect(await explain('build = 3')).toMatchInlineSnapshot(`"F0104 \`build\` must be a table @ "3""`);
    expect(await explain('[build]\nsandbox = "maybe"\njobs = 0')).toMatchInlineSnapshot(`
      "F0104 \`build.jobs\` must be at least 1 @ "0"
      F0104 \`build.sandbox\` must be \`auto\`, \`on\` or \`off\` @ "\\"maybe\\"""
    `);
    expect(await explain('[store]\nmax-size = "lots"')).toMatchInlineSnapshot(
      `"F0104 \`store.max-size\` must be a size such as \`20GB\` or a whole number of bytes @ "\\"lots\\"""`,
    );
    expect(await explain('[[override]]\ncrate = "a"\nversion = "new"\nplatform = "linux"')).toMatchInlineSnapshot(`
      "F0104 \`override[0].version\` must be a version requirement such as \`0.10\`, \`>=1.2, <2\` or \`=1.0.3\` @ "\\"new\\""
      F0104 \`override[0].platform\` must be a target triple or \`cfg(…)\` @ "\\"linux\\"""
    `);
    expect(await explain('[[override]]\ncrate = "a"\nenvironment.A = 1\ninputs = ["/etc/x"]')).toMatchInlineSnapshot(`
      "F0104 \`override[0].environment.A\` must be a string @ "1"
      F0104 \`override[0].inputs[0]\` must be relative to the package @ "\\"/etc/x\\"""
    `);
    expect(await explain('[override]\ncrate = "a"')).toMatchInlineSnapshot(
      `"F0104 \`override\` must be written \`[[override]]\` @ "override""`,
    );
  });

  test('overrides of nothing or of two things', async () => {
    expect(await explain('[[override]]\ntools = ["x"]\n[[override]]\ncrate = "a"\ndistribution = "b"')).toMatchInlineSnapshot(`
      "F0105 an override must name a \`crate\` or a \`distribution\` @ "override"
      F0105 an override names a \`crate\` or a \`distribution\`, not both @ "override""
    `);
  });
});

test.each([
  ['20GB', 20e9],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['500m', 500e6],
  ['12', 12],
  ['x', undefined],
  ['1 PB', undefined],
])('the size %s is %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});
