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
      skew = "warn"
      collisions = "error"
      [caches.team]
      url = "https://cache.example.org"
      [checks.fmt]
      command = ["x"]
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
  expect(config).toMatchInlineSnapshot();
});

describe('mistakes are shown where they are', () => {
  test('no TOML', async () => {
    expect(await explain('members = [\n  "a"\n  "b"\n]')).toMatchInlineSnapshot();
    expect(await explain('a = "x')).toMatchInlineSnapshot();
    expect(await explain('a = 1\na = 2')).toMatchInlineSnapshot();
  });

  test('unknown keys', async () => {
    expect(await explain('mebers = []')).toMatchInlineSnapshot();
    expect(await explain('[build]\nprofil = "x"')).toMatchInlineSnapshot();
    expect(await explain('[[override]]\ncrate = "a"\n[[override]]\ncrate = "b"\npkg_config = []')).toMatchInlineSnapshot();
    expect(await explain('override = [{ crate = "a", zzz = 1 }]')).toMatchInlineSnapshot();
    expect(await explain('[policy]\nabsolutely_else = 1')).toMatchInlineSnapshot();
  });

  test('wrong values', async () => {
    expect(await explain('members = ["a", 1]')).toMatchInlineSnapshot();
    expect(await explain('build = 3')).toMatchInlineSnapshot();
    expect(await explain('[build]\nsandbox = "maybe"\njobs = 0')).toMatchInlineSnapshot();
    expect(await explain('[store]\nmax-size = "lots"')).toMatchInlineSnapshot();
    expect(await explain('[[override]]\ncrate = "a"\nversion = "new"\nplatform = "linux"')).toMatchInlineSnapshot();
    expect(await explain('[[override]]\ncrate = "a"\nenvironment.A = 1\ninputs = ["/etc/x"]')).toMatchInlineSnapshot();
    expect(await explain('[override]\ncrate = "a"')).toMatchInlineSnapshot();
  });

  test('overrides of nothing or of two things', async () => {
    expect(await explain('[[override]]\ntools = ["x"]\n[[override]]\ncrate = "a"\ndistribution = "b"')).toMatchInlineSnapshot();
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
