import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { basicAuthorization, type CredentialBook, userOf } from './credentials.ts';
import type { HostEnvironment } from './host-environment.ts';
import { proxyFor } from './proxy.ts';

/** An answer whose body has not been read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
  /** Where it came from, after redirects. */
  readonly url: URL;
}

export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The network's configuration cannot be used; caught by who asks. */
export class BadNetworkSetting extends Error {
  readonly variable: string;
  constructor(variable: string, problem: string) {
    super(problem);
    this.name = 'BadNetworkSetting';
    this.variable = variable;
  }
}

/** The server answered in a way that HTTP does not allow. */
export class BadAnswer extends Error {}

const MOST_REDIRECTS = 10;
const DEFAULT_TIMEOUT_SECONDS = 30;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Asks servers over HTTP and HTTPS: through proxies, with credentials, following redirects, on connections that are kept. */
export class HttpClient {
  readonly #environment: HostEnvironment;
  readonly #credentials: CredentialBook;
  readonly #connections: number;
  readonly #timeout: number;
  #agents: { readonly http: http.Agent; readonly https: https.Agent } | undefined;

  /** `connections`: at most so many to one host at once. */
  constructor(options: { readonly environment: HostEnvironment; readonly credentials: CredentialBook; readonly connections: number }) {
    this.#environment = options.environment;
    this.#credentials = options.credentials;
    this.#connections = options.connections;
    this.#timeout = 1000 * (Number(options.environment['UV_HTTP_TIMEOUT']) || DEFAULT_TIMEOUT_SECONDS);
  }

  /** Rejects with what `node:http` says of a broken connection, {@link BadNetworkSetting} or {@link BadAnswer}. */
  async get(request: HttpRequest): Promise<HttpAnswer> {
    let { url } = request;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const body = await this.#send({ ...request, url });
      const status = body.statusCode ?? 0;
      const { location } = body.headers;
      if (!REDIRECTS.has(status) || location === undefined) return { status, headers: body.headers, body, url };
      body.resume();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next === undefined || !/^https?:$/.test(next.protocol)) throw new BadAnswer('it redirects to something that is no address');
      if (url.protocol === 'https:' && next.protocol === 'http:') throw new BadAnswer('it redirects from HTTPS to HTTP');
      url = next;
    }
    throw new BadAnswer(`it redirects more than ${MOST_REDIRECTS} times`);
  }

  /** Whether anything would be sent along to prove who asks. */
  knowsCredentials(url: URL): boolean {
    return this.#credentials.find(url) !== undefined;
  }

  /** Closes idle connections. */
  close(): void {
    this.#agents?.http.destroy();
    this.#agents?.https.destroy();
  }

  async #send(request: HttpRequest): Promise<http.IncomingMessage> {
    const { url, signal } = request;
    const credentials = this.#credentials.find(url);
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'ferrule', ...request.headers };
    if (credentials !== undefined) headers['authorization'] = basicAuthorization(credentials);
    const proxy = this.#proxy(url);
    const base = { method: 'GET', headers, signal, timeout: this.#timeout };
    if (proxy === undefined)
      return this.#answer(url, { ...base, agent: url.protocol === 'https:' ? this.#made().https : this.#made().http });
    if (url.protocol === 'http:')
      return this.#answer(proxy, {
        ...base,
        path: bareAddress(url),
        headers: { ...headers, host: url.host, ...proxyAuthorization(proxy) },
      });
    const socket = await this.#tunnel({ url, proxy, signal });
    return this.#answer(url, {
      ...base,
      createConnection: () => tls.connect({ socket, ...serverName(url), ...this.#authorities() }),
    });
  }

  #answer(url: URL, options: https.RequestOptions): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const target = {
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: `${url.pathname}${url.search}`,
      };
      const secure = url.protocol === 'https:' ? { ...serverName(url), ...this.#authorities() } : {};
      const request = (url.protocol === 'https:' ? https : http).request({ ...target, ...secure, ...options }, resolve);
      request.on('timeout', () => request.destroy(timedOut(this.#timeout)));
      request.on('error', reject);
      request.end();
    });
  }

  /** A connection to a server through a proxy (`CONNECT`, RFC 9110 9.3.6). */
  #tunnel(options: { readonly url: URL; readonly proxy: URL; readonly signal: AbortSignal }): Promise<Socket> {
    const { url, proxy, signal } = options;
    const authority = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
    return new Promise((resolve, reject) => {
      const request = (proxy.protocol === 'https:' ? https : http).request({
        ...(proxy.protocol === 'https:' ? this.#authorities() : {}),
        hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
        port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : proxy.port,
        method: 'CONNECT',
        path: authority,
        headers: { host: authority, ...proxyAuthorization(proxy) },
        agent: false,
        timeout: this.#timeout,
        signal,
      });
      request.on('timeout', () => request.destroy(timedOut(this.#timeout)));
      request.on('error', reject);
      request.on('connect', (answer, socket) => {
        if (answer.statusCode === 200) resolve(socket);
        else reject(new BadAnswer(`the proxy answers ${answer.statusCode ?? 'nothing'} ${answer.statusMessage ?? ''}`.trim()));
      });
      // A proxy that answers with a page instead of a connection.
      request.on('response', (answer) => reject(new BadAnswer(`the proxy answers ${answer.statusCode ?? 'nothing'}`)));
      request.end();
    });
  }

  #proxy(url: URL): URL | undefined {
    const proxy = proxyFor(url, this.#environment);
    if (proxy === undefined) return undefined;
    if (!URL.canParse(proxy)) throw new BadNetworkSetting(`${url.protocol.slice(0, -1).toUpperCase()}_PROXY`, 'it is no address');
    const parsed = new URL(proxy);
    if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return parsed;
    throw new BadNetworkSetting(
      `${url.protocol.slice(0, -1).toUpperCase()}_PROXY`,
      `proxies of kind \`${parsed.protocol.slice(0, -1)}\` are not supported`,
    );
  }

  #made(): { readonly http: http.Agent; readonly https: https.Agent } {
    const options = { keepAlive: true, maxSockets: this.#connections, scheduling: 'lifo' } as const;
    this.#agents ??= { http: new http.Agent(options), https: new https.Agent({ ...options, ...this.#authorities() }) };
    return this.#agents;
  }

  #certificates: { readonly ca?: string[] } | undefined;

  /** Certificate authorities: Node's own unless `SSL_CERT_FILE` adds to them. */
  #authorities(): { readonly ca?: string[] } {
    this.#certificates ??= authorities(this.#environment);
    return this.#certificates;
  }
}

function authorities(environment: HostEnvironment): { readonly ca?: string[] } {
  const path = environment['SSL_CERT_FILE'];
  if (path === undefined || path === '') return {};
  // Naming authorities makes Node leave out its own and those of `NODE_EXTRA_CA_CERTS`.
  const paths = [path, environment['NODE_EXTRA_CA_CERTS'] ?? ''].filter((name) => name !== '');
  return { ca: [...tls.rootCertificates, ...new Set(paths.map(certificateFile))] };
}

function certificateFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new BadNetworkSetting('SSL_CERT_FILE', error.message);
  }
}

/** Names of servers may not be addresses (RFC 6066). */
function serverName(url: URL): { readonly servername?: string } {
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: url.hostname } : {};
}

function bareAddress(url: URL): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href;
}

function proxyAuthorization(proxy: URL): Record<string, string> {
  const user = userOf(proxy);
  return user === undefined ? {} : { 'proxy-authorization': basicAuthorization(user) };
}

function timedOut(milliseconds: number): Error {
  return Object.assign(new Error(`nothing came for ${milliseconds / 1000} seconds`), { code: 'ETIMEDOUT' });
}
