import * as v from 'valibot';
import type { CacheConfig } from './cache-config.ts';

const KINDS = 'must be `s3`, `http`, `attic`, `cachix` or `flakehub`';
const VARIABLE = 'must be the name of an environment variable';

const text = v.string('must be a string');
const name = v.pipe(text, v.nonEmpty('must not be empty'));
const variable = v.pipe(v.string(VARIABLE), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE));
const address = v.pipe(
  text,
  v.check(isAddress, 'must be an address that begins with `https://`, without a password, a query or a fragment'),
);
const url = v.pipe(
  text,
  v.check(
    (written) => isAddress(written) || /^file:\/\/\/[^?#]+$/.test(written),
    'must be an address that begins with `https://`, `http://` or `file:///`, without a password, a query or a fragment',
  ),
);
const publicKey = v.pipe(text, v.check(isPublicKey, 'must be a public key as Nix writes it: `NAME:` and 32 bytes in base64'));

const any = {
  'public-keys': v.pipe(
    v.array(publicKey, 'must be an array of strings'),
    v.minLength(1, 'must hold a key: Nix takes nothing that no known key has signed'),
  ),
  priority: v.optional(v.pipe(v.number('must be a number'), v.integer('must be a whole number'), v.minValue(0, 'must not be negative'))),
  push: v.optional(v.boolean('must be `true` or `false`'), false),
};
const copies = {
  'signing-key': v.optional(variable),
  compression: v.optional(v.picklist(['zstd', 'xz', 'none'], 'must be `zstd`, `xz` or `none`')),
};

const s3 = v.strictObject({
  kind: v.literal('s3'),
  bucket: v.pipe(text, v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be the name of a bucket')),
  region: v.optional(v.pipe(text, v.regex(/^[a-z0-9-]+$/, 'must be a region such as `eu-central-1`'))),
  endpoint: v.optional(
    v.pipe(text, v.regex(/^(?:https?:\/\/)?[A-Za-z0-9.-]+(?::\d+)?$/, 'must be a host such as `minio.example.org:9000`')),
  ),
  'access-key-id': v.optional(variable),
  'secret-access-key': v.optional(variable),
  ...copies,
  ...any,
});
const http = v.strictObject({ kind: v.literal('http'), url, user: v.optional(name), password: v.optional(variable), ...copies, ...any });
const attic = v.strictObject({ kind: v.literal('attic'), url: address, name, token: v.optional(variable, 'ATTIC_TOKEN'), ...any });
const cachix = v.strictObject({
  kind: v.literal('cachix'),
  name: v.pipe(text, v.regex(/^[a-z0-9-]+$/, 'must be the name of a cache')),
  token: v.optional(variable, 'CACHIX_AUTH_TOKEN'),
  'signing-key': v.optional(variable),
  ...any,
});
const flakehub = v.strictObject({ kind: v.literal('flakehub'), ...any });

const OPTIONS = { s3, http, attic, cachix, flakehub } as const;

/** The table `[caches]`. */
export const cachesSchema = v.record(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/, 'must be called with letters, digits, `-` and `_`')),
  v.variant('kind', [s3, http, attic, cachix, flakehub], (issue) => (issue.expected === 'Object' ? 'must be a table' : KINDS)),
  'must be a table of tables',
);

/** Keys that a `[caches.NAME]` may hold, by what it says its kind is; those of all kinds where it says nothing known. */
export function knownCacheKeys(table: unknown): readonly string[] {
  const kind = typeof table === 'object' && table !== null && 'kind' in table ? String(table.kind) : '';
  const fitting = Object.entries(OPTIONS).filter(([name]) => name === kind);
  const options = fitting.length > 0 ? fitting : Object.entries(OPTIONS);
  return [...new Set(options.flatMap(([, option]) => Object.keys(option.entries)))];
}

/** Whether what is written at a place below `[caches]`, and is wrong there, may be somebody's secret and so must not be shown. */
export function mayBeSecret(key: string, written: unknown): boolean {
  if (typeof written !== 'string') return false;
  if (key === 'url') return written.includes('@');
  if (key === 'public-keys') return /:[A-Za-z0-9+/]{86}==$/.test(written);
  return VARIABLE_KEYS.has(key);
}

const VARIABLE_KEYS: ReadonlySet<string> = new Set(['signing-key', 'access-key-id', 'secret-access-key', 'password', 'token']);

export function toCaches(written: v.InferOutput<typeof cachesSchema>): readonly CacheConfig[] {
  return Object.entries(written).map(([name, table]) => toCache(name, table));
}

function toCache(name: string, table: v.InferOutput<typeof cachesSchema>[string]): CacheConfig {
  const shared = { name, publicKeys: table['public-keys'], priority: table.priority, push: table.push };
  switch (table.kind) {
    case 's3': {
      const { kind, bucket, region, endpoint, compression } = table;
      const variables = {
        accessKeyId: table['access-key-id'],
        secretAccessKey: table['secret-access-key'],
        signingKey: table['signing-key'],
      };
      return { ...shared, kind, bucket, region, endpoint, compression, ...variables };
    }
    case 'http': {
      const { kind, user, password, compression } = table;
      return { ...shared, kind, url: withoutSlash(table.url), user, password, compression, signingKey: table['signing-key'] };
    }
    case 'attic':
      return { ...shared, kind: table.kind, url: withoutSlash(table.url), cache: table.name, token: table.token };
    case 'cachix':
      return { ...shared, kind: table.kind, cache: table.name, token: table.token, signingKey: table['signing-key'] };
    case 'flakehub':
      return { ...shared, kind: table.kind };
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function isAddress(written: string): boolean {
  return /^https?:\/\/[^@?#\s]+$/.test(written) && URL.canParse(written);
}

/** ed25519, as `nix-store --generate-binary-cache-key` writes it. */
function isPublicKey(written: string): boolean {
  return /^[^\s:]+:[A-Za-z0-9+/]{43}=$/.test(written);
}
