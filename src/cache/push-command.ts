import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { AtticCache, CacheConfig, CachixCache, HttpCache, S3Cache } from '../repository/cache-config.ts';
import { readFileSync } from 'node:fs';
import { noSigningKey, notByHand, notSet, notWritable, untrustedKey } from './cache-diagnostics.ts';
import { destinationOf } from './nix-settings.ts';
import type { PrivateFiles } from './private-files.ts';
import { readSigningKey } from './signing-key.ts';

/** A program that writes to a cache, and what it is started with. */
export interface PushCommand {
  readonly program: 'nix' | 'attic' | 'cachix';
  /** No secrets: anybody on the machine can see them. */
  readonly arguments: readonly string[];
  /** Variables besides the user's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Texts that must not be shown should the program print them. */
  readonly secrets: readonly string[];
}

export interface PushQuestion {
  /** Paths in the store; what they refer to goes with them. */
  readonly paths: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where secrets go that a program takes from a file. */
  readonly files: PrivateFiles;
}

/**
 * How to push to a cache. F1132: it is not to be written to; F1133: a variable is not set; F1134: its signing key is none, or none that
 * `public-keys` trusts; F1138: a kind that takes nothing by hand.
 */
export function pushCommand(cache: CacheConfig, question: PushQuestion): Result<PushCommand> {
  if (cache.kind === 'flakehub') return fail(notByHand(cache.name));
  if (!cache.push) return fail(notWritable(cache.name));
  switch (cache.kind) {
    case 's3':
    case 'http':
      return copyCommand(cache, question);
    case 'attic':
      return atticCommand(cache, question);
    case 'cachix':
      return cachixCommand(cache, question);
  }
}

function copyCommand(cache: S3Cache | HttpCache, { paths, environment, files }: PushQuestion): Result<PushCommand> {
  const key = cache.signingKey === undefined ? ok(undefined) : signingKey(cache, cache.signingKey, environment);
  const access = cache.kind === 's3' ? bucketAccess(cache, environment) : netrcAccess(cache, { environment, files });
  if (!key.ok || !access.ok) return fail(...problemsOf(key), ...problemsOf(access));
  const keyFile = key.value === undefined ? undefined : files.write('signing-key', key.value);
  const words = ['--extra-experimental-features', 'nix-command', 'copy', '--to', destinationOf(cache, keyFile)];
  return ok({
    program: 'nix',
    arguments: [...words, ...access.value.arguments, '--', ...paths],
    environment: access.value.environment,
    secrets: [...access.value.secrets, ...(key.value === undefined ? [] : [key.value])],
  });
}

type Access = Omit<PushCommand, 'program'>;

function bucketAccess(cache: S3Cache, environment: Readonly<Record<string, string>>): Result<Access> {
  const renamed = [
    ['AWS_ACCESS_KEY_ID', cache.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', cache.secretAccessKey],
  ] as const;
  const values: [string, string][] = [];
  for (const [name, variable] of renamed) {
    if (variable === undefined) continue;
    const value = environment[variable];
    if (value === undefined || value === '') return fail(notSet(cache.name, variable));
    values.push([name, value]);
  }
  return ok({ arguments: [], environment: Object.fromEntries(values), secrets: values.map(([, value]) => value) });
}

/** Nix sends passwords by `netrc` only. */
function netrcAccess(cache: HttpCache, { environment, files }: Pick<PushQuestion, 'environment' | 'files'>): Result<Access> {
  if (cache.password === undefined) return ok({ arguments: [], environment: {}, secrets: [] });
  const password = environment[cache.password];
  if (password === undefined || password === '') return fail(notSet(cache.name, cache.password));
  const { hostname } = new URL(cache.url);
  const login = cache.user === undefined ? '' : `login ${cache.user}\n`;
  const file = files.write('netrc', `machine ${hostname}\n${login}password ${password}\n`);
  return ok({ arguments: ['--option', 'netrc-file', file], environment: {}, secrets: [password] });
}

/** The server is called `ferrule` in a configuration of our own, so that nothing of the user's decides. */
function atticCommand(cache: AtticCache, { paths, environment, files }: PushQuestion): Result<PushCommand> {
  const token = environment[cache.token];
  if (token === undefined || token === '') return fail(notSet(cache.name, cache.token));
  const values = `endpoint = ${JSON.stringify(`${cache.url}/`)}\ntoken = ${JSON.stringify(token)}\n`;
  files.write('attic/config.toml', `default-server = "ferrule"\n\n[servers.ferrule]\n${values}`);
  const variables = { XDG_CONFIG_HOME: files.directory };
  return ok({
    program: 'attic',
    arguments: ['push', `ferrule:${cache.cache}`, ...paths],
    environment: variables,
    secrets: [token],
  });
}

/** A cache whose owner keeps the keys can be written to with the signing key alone, any other with a token. */
function cachixCommand(cache: CachixCache, { paths, environment }: PushQuestion): Result<PushCommand> {
  const values = [
    ['CACHIX_AUTH_TOKEN', environment[cache.token] ?? ''],
    ['CACHIX_SIGNING_KEY', cache.signingKey === undefined ? '' : (environment[cache.signingKey] ?? '')],
  ].filter(([, value]) => value !== '');
  if (values.length === 0) return fail(notSet(cache.name, cache.token));
  return ok({
    program: 'cachix',
    arguments: ['push', cache.cache, ...paths],
    environment: Object.fromEntries(values),
    secrets: values.map(([, value]) => value ?? ''),
  });
}

/** The text of the key in a variable, or of the file that the variable names. */
function signingKey(cache: CacheConfig, variable: string, environment: Readonly<Record<string, string>>): Result<string> {
  const value = environment[variable];
  if (value === undefined || value === '') return fail(notSet(cache.name, variable));
  const text = value.startsWith('/') ? readKeyFile(value) : value;
  const key = text === undefined ? undefined : readSigningKey(text);
  if (key === undefined) return fail(noSigningKey({ cache: cache.name, variable, file: value.startsWith('/') ? value : undefined }));
  return cache.publicKeys.includes(key.publicKey) ? ok(key.text) : fail(untrustedKey({ cache, variable, publicKey: key.publicKey }));
}

/** `undefined`: it cannot be read. */
function readKeyFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function problemsOf(result: Result<unknown>): readonly Diagnostic[] {
  return result.ok ? [] : result.diagnostics;
}
