import { describe, expect, test } from 'vitest';
import type { CacheConfig } from '../../src/repository/cache-config.ts';
import { parseConfig } from '../../src/repository/config.ts';

const KEY = `team-1:${'A'.repeat(43)}=`;
const KEYS = `public-keys = ["${KEY}"]\n`;

async function read(text: string): Promise<readonly CacheConfig[]> {
  const config = await parseConfig({ file: 'ferrule.toml', text });
  if (!config.ok) throw new Error(JSON.stringify(config.diagnostics));
  return config.value.caches;
}

async function explain(text: string): Promise<string> {
  const config = await parseConfig({ file: 'ferrule.toml', text });
  if (config.ok) return 'fine';
  const shown = config.diagnostics.map(({ code, message, span, facts, hints }) => {
    const place = span === undefined ? '' : ` @ ${JSON.stringify(text.slice(span.start, span.end))}`;
    return `${code} ${message}${place}${(facts ?? []).map(([, value]) => ` [${value}]`).join('')}${(hints ?? []).map((hint) => ` (${hint})`).join('')}`;
  });
  return shown.join('\n');
}

test('caches of every kind are read, in the order of the file', async () => {
  const caches = await read(`
    [caches.bucket]
    kind = "s3"
    bucket = "builds"
    region = "eu-central-1"
    endpoint = "https://minio.example.org:9000"
    access-key-id = "BUILDS_KEY"
    secret-access-key = "BUILDS_SECRET"
    signing-key = "BUILDS_SIGNING_KEY"
    compression = "zstd"
    priority = 30
    push = true
    ${KEYS}
    [caches.web]
    kind = "http"
    url = "https://cache.example.org//"
    user = "ci"
    password = "WEB_PASSWORD"
    ${KEYS}
    [caches.attic]
    kind = "attic"
    url = "https://attic.example.org/"
    name = "team"
    ${KEYS}
    [caches.cachix]
    kind = "cachix"
    name = "team"
    ${KEYS}
    [caches.hub]
    kind = "flakehub"
    ${KEYS}
  `);
  expect(caches.map(({ name, kind, push, priority }) => [name, kind, push, priority])).toEqual([
    ['bucket', 's3', true, 30],
    ['web', 'http', false, undefined],
    ['attic', 'attic', false, undefined],
    ['cachix', 'cachix', false, undefined],
    ['hub', 'flakehub', false, undefined],
  ]);
  expect(caches[0]).toMatchObject({ bucket: 'builds', accessKeyId: 'BUILDS_KEY', signingKey: 'BUILDS_SIGNING_KEY', compression: 'zstd' });
  expect(caches[1]).toMatchObject({ url: 'https://cache.example.org', user: 'ci', password: 'WEB_PASSWORD', publicKeys: [KEY] });
  expect(caches[2]).toMatchObject({ url: 'https://attic.example.org', cache: 'team', token: 'ATTIC_TOKEN' });
  expect(caches[3]).toMatchObject({ cache: 'team', token: 'CACHIX_AUTH_TOKEN', signingKey: undefined });
});

describe('what is wrong is shown with its place', () => {
  test.each([
    ['caches = 3', 'F0104 `caches` must be a table of tables @ "3"'],
    ['[caches]\nteam = 3', 'F0104 `caches.team` must be a table @ "3"'],
    ['[caches.team]\nkind = "garnix"', 'F0104 `caches.team.kind` must be `s3`, `http`, `attic`, `cachix` or `flakehub` @ "\\"garnix\\""'],
    [`[caches.team]\n${KEYS}`, 'F0104 `caches.team.kind` must be `s3`, `http`, `attic`, `cachix` or `flakehub` @ "caches.team"'],
    [
      `[caches.team]\nkind = "cachix"\nname = "team"\nurl = "x"\n${KEYS}`,
      'F0103 unknown key `url` in `caches.team` @ "url" (known keys are `kind`, `name`, `token`, `signing-key`, `public-keys`, `priority`, `push`)',
    ],
    [
      `[caches.team]\nkind = "http"\nurl = "https://x"\npublic-key = "x"\n${KEYS}`,
      'F0103 unknown key `public-key` in `caches.team` @ "public-key" (did you mean `public-keys`?)',
    ],
    [
      '[caches.team]\nkind = "flakehub"\npublic-keys = []',
      'F0104 `caches.team.public-keys` must hold a key: Nix takes nothing that no known key has signed @ "[]"',
    ],
    [
      '[caches.team]\nkind = "flakehub"\npublic-keys = ["team-1:abc"]',
      'F0104 `caches.team.public-keys[0]` must be a public key as Nix writes it: `NAME:` and 32 bytes in base64 @ "\\"team-1:abc\\""',
    ],
    [
      `[caches.team]\nkind = "http"\nurl = "cache.example.org"\n${KEYS}`,
      'F0104 `caches.team.url` must be an address that begins with `https://`, `http://` or `file:///`, without a password, a query or a fragment @ "\\"cache.example.org\\""',
    ],
    [
      `[caches."my team"]\nkind = "flakehub"\n${KEYS}`,
      'F0104 `caches.my team` must be called with letters, digits, `-` and `_` @ "caches.\\"my team\\""',
    ],
  ])('%s', async (text, expected) => {
    expect(await explain(text)).toBe(expected);
  });
});

describe('what may be a secret is not shown', () => {
  const hint = '(what is secret is read from an environment variable: here stands only its name)';
  test.each([
    [
      `[caches.team]\nkind = "flakehub"\npublic-keys = ["team-1:${'s'.repeat(86)}=="]`,
      `F1130 \`caches.team.public-keys[0]\` must be a public key as Nix writes it: \`NAME:\` and 32 bytes in base64 [ferrule.toml:3] ${hint}`,
    ],
    [
      `[caches.team]\nkind = "attic"\nurl = "https://x"\nname = "x"\ntoken = "eyJh.secret"\n${KEYS}`,
      `F1130 \`caches.team.token\` must be the name of an environment variable [ferrule.toml:5] ${hint}`,
    ],
    [
      `[caches.team]\nkind = "http"\nurl = "https://me:secret@x"\n${KEYS}`,
      `F1130 \`caches.team.url\` must be an address that begins with \`https://\`, \`http://\` or \`file:///\`, without a password, a query or a fragment [ferrule.toml:3] ${hint}`,
    ],
  ])('%s', async (text, expected) => {
    expect(await explain(text)).toBe(expected);
  });
});
