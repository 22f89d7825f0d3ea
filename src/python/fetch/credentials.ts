import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unlessFailing } from '../../store/system-error.ts';
import type { HostEnvironment } from './host-environment.ts';
import { credentialVariables, type IndexSettings } from './index-settings.ts';
import { type Credentials, type Netrc, parseNetrc } from './netrc.ts';

/** Finds the user and password for an address, in this order: the address itself, variables of a named index, other addresses' users, netrc. */
export class CredentialBook {
  readonly #environment: HostEnvironment;
  /** By origin, such as `https://host:8443`. */
  readonly #origins = new Map<string, Credentials>();
  #netrc: Netrc | undefined;

  constructor(options: { readonly environment: HostEnvironment; readonly indexes: IndexSettings }) {
    const { environment, indexes } = options;
    this.#environment = environment;
    for (const { name, url } of indexes.named) {
      if (name === undefined) continue;
      const variables = credentialVariables(name);
      const username = environment[variables.username];
      const password = environment[variables.password];
      if (username !== undefined || password !== undefined) this.#learn(url, { username: username ?? '', password: password ?? '' });
    }
    for (const url of [indexes.defaultIndex, ...indexes.mirrors.map((mirror) => mirror.to), ...indexes.named.map((index) => index.url)]) {
      const credentials = url === undefined ? undefined : userOf(parseUrl(url));
      if (url !== undefined && credentials !== undefined) this.#learn(url, credentials);
    }
  }

  /** `undefined`: none are known. */
  find(url: URL): Credentials | undefined {
    return userOf(url) ?? this.#origins.get(url.origin) ?? this.#fromNetrc(url.hostname);
  }

  #learn(url: string, credentials: Credentials): void {
    const origin = parseUrl(url)?.origin;
    if (origin !== undefined && !this.#origins.has(origin)) this.#origins.set(origin, credentials);
  }

  #fromNetrc(host: string): Credentials | undefined {
    this.#netrc ??= readNetrc(this.#environment);
    return this.#netrc.get(host.toLowerCase()) ?? this.#netrc.get('');
  }
}

/** Value of an `Authorization` header (RFC 7617). */
export function basicAuthorization(credentials: Credentials): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

/** User and password of an address, decoded. */
export function userOf(url: URL | undefined): Credentials | undefined {
  if (url === undefined || (url.username === '' && url.password === '')) return undefined;
  return { username: decodePart(url.username), password: decodePart(url.password) };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** `NETRC`, else `~/.netrc`; a file that is not there or may not be read is an empty one. */
function readNetrc(environment: HostEnvironment): Netrc {
  const home = environment['HOME'];
  const path = environment['NETRC'] || (home === undefined ? undefined : join(home, '.netrc'));
  if (path === undefined || path === '') return new Map();
  const text = unlessFailing(['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR'], () => readFileSync(path, 'utf8'));
  return text === undefined ? new Map() : parseNetrc(text);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
