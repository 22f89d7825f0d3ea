import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../store/rig.ts';
import { artifactAt, bytesOf, fetchRig, told } from './fetch-rig.ts';
import { addressOf, fileServer, noise, status } from './file-server.ts';

const FILE = '/files/made-1.0-py3-none-any.whl';
const BASIC = `Basic ${Buffer.from('me:secret').toString('base64')}`;

/** A server that gives its file only to `me` with the password `secret`. */
async function guardedServer(): Promise<Awaited<ReturnType<typeof fileServer>> & { readonly bytes: Buffer }> {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  server.behaviours.set(
    FILE,
    (request, response, count) => request.headers.authorization !== BASIC && status(401)(request, response, count),
  );
  return { ...server, bytes };
}

test('redirects are followed', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  server.behaviours.set('/first', status(302, { location: '/second' }));
  server.behaviours.set('/second', status(307, { location: server.url + FILE }));
  expect(bytesOf(await fetchRig().fetcher.fetch(artifactAt(`${server.url}/first`, { bytes }))).equals(bytes)).toBe(true);
});

test('redirects that never end are given up', async () => {
  const server = await fileServer();
  server.behaviours.set(FILE, status(302, { location: FILE }));
  const { fetcher } = fetchRig({ environment: { UV_HTTP_RETRIES: '0' } });
  expect(told(await fetcher.fetch(artifactAt(server.url + FILE, { bytes: noise(1) })))).toContain('redirects more than 10 times');
});

test('credentials in an address are sent, and never shown', async () => {
  const server = await guardedServer();
  const url = server.url.replace('//', '//me:secret@') + FILE;
  expect(bytesOf(await fetchRig().fetcher.fetch(artifactAt(url, { bytes: server.bytes }))).equals(server.bytes)).toBe(true);
  const text = told(await fetchRig().fetcher.fetch(artifactAt(url.replace('secret', 'guess%40'), { bytes: server.bytes })));
  expect(text).not.toContain('guess');
  expect(text).toMatchInlineSnapshot(`
    "error[F0952]: \`made-1.0-py3-none-any.whl\` cannot be fetched: its server does not accept the credentials
      address  http://HOST/files/made-1.0-py3-none-any.whl
      answer   401
    hint: put \`machine 127.0.0.1\` with \`login\` and \`password\` into \`~/.netrc\`
    "
  `);
});

test('credentials of a named index are taken from its variables', async () => {
  const server = await guardedServer();
  const index = `${server.url}/simple`;
  const indexes = [{ name: 'my-own.index', url: index, default: false }];
  const artifact = artifactAt(server.url + FILE, { bytes: server.bytes, index });
  const environment = { UV_INDEX_MY_OWN_INDEX_USERNAME: 'me', UV_INDEX_MY_OWN_INDEX_PASSWORD: 'secret' };
  expect(bytesOf(await fetchRig({ indexes, environment }).fetcher.fetch(artifact)).equals(server.bytes)).toBe(true);
  expect(told(await fetchRig({ indexes }).fetcher.fetch(artifact))).toMatchInlineSnapshot(`
    "error[F0952]: \`made-1.0-py3-none-any.whl\` cannot be fetched: its server asks for credentials
      address  http://HOST/files/made-1.0-py3-none-any.whl
      answer   401
    hint: set \`UV_INDEX_MY_OWN_INDEX_USERNAME\` and \`UV_INDEX_MY_OWN_INDEX_PASSWORD\`
    hint: put \`machine 127.0.0.1\` with \`login\` and \`password\` into \`~/.netrc\`
    "
  `);
});

test('a file that is forbidden may have been withdrawn', async () => {
  const server = await fileServer();
  server.behaviours.set(FILE, (_, response) => {
    response.writeHead(403).end();
    return true;
  });
  expect(told(await fetchRig().fetcher.fetch(artifactAt(server.url + FILE, { bytes: Buffer.from('x') })))).toMatchInlineSnapshot(`
    "error[F0952]: \`made-1.0-py3-none-any.whl\` cannot be fetched: its server forbids it
      address  http://HOST/files/made-1.0-py3-none-any.whl
      answer   403
    hint: put \`machine 127.0.0.1\` with \`login\` and \`password\` into \`~/.netrc\`
    hint: or it was withdrawn: run \`uv lock --upgrade-package made\`
    "
  `);
});

test('credentials of netrc go to their host', async () => {
  const server = await guardedServer();
  const netrc = join(temporaryDirectory(), 'netrc');
  writeFileSync(netrc, '# mine\nmachine elsewhere login you password other\nmachine 127.0.0.1\n  login me\n  password "secret"\n');
  const { fetcher } = fetchRig({ environment: { NETRC: netrc } });
  expect(bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes: server.bytes }))).equals(server.bytes)).toBe(true);
  const home = temporaryDirectory();
  writeFileSync(join(home, '.netrc'), 'default login me password secret');
  const other = fetchRig({ environment: { HOME: home } });
  expect(bytesOf(await other.fetcher.fetch(artifactAt(server.url + FILE, { bytes: server.bytes }))).equals(server.bytes)).toBe(true);
});

test('credentials do not follow a redirect to another server', async () => {
  const [first, second] = [await fileServer(), await fileServer()];
  const bytes = noise(100);
  second.files.set(FILE, bytes);
  first.behaviours.set(FILE, status(302, { location: second.url + FILE }));
  bytesOf(await fetchRig().fetcher.fetch(artifactAt(first.url.replace('//', '//me:secret@') + FILE, { bytes })));
  expect(first.seen[0]?.authorization).toBe(BASIC);
  expect(second.seen[0]?.authorization).toBeUndefined();
});

test.each(['UV_DEFAULT_INDEX', 'UV_INDEX_URL'])(
  '%s stands in for the index of the lock: the file is found on its page',
  async (variable) => {
    const mirror = await fileServer();
    const bytes = noise(1000);
    mirror.files.set('/deep/made.whl', bytes);
    const page = { files: [{ filename: 'made-1.0-py3-none-any.whl', url: '../../deep/made.whl' }] };
    mirror.behaviours.set('/simple/made/', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify(page));
      return true;
    });
    const { fetcher } = fetchRig({ environment: { [variable]: `${mirror.url}/simple` } });
    const artifact = artifactAt(`https://files.invalid${FILE}`, { bytes, index: 'https://index.invalid/simple' });
    expect(bytesOf(await fetcher.fetch(artifact)).equals(bytes)).toBe(true);
    expect(mirror.seen.map(({ path }) => path)).toEqual(['/simple/made/', '/deep/made.whl']);
  },
);

test('the page of a mirror may be HTML', async () => {
  const mirror = await fileServer();
  const bytes = noise(1000);
  mirror.files.set('/made-1.0+cpu.whl?x=1&y=2', bytes);
  mirror.files.set(
    '/made/',
    Buffer.from(
      '<a href="/old.whl">made-0.9-py3-none-any.whl</a>\n<a data-x="1" href="/made-1.0+cpu.whl?x=1&amp;y=2#sha256=00">made-1.0+cpu-py3-none-any.whl</a>',
    ),
  );
  const { fetcher } = fetchRig({ mirrors: [{ from: 'https://index.invalid/simple/', to: mirror.url }] });
  const artifact = artifactAt('https://files.invalid/made-1.0%2Bcpu-py3-none-any.whl', { bytes, index: 'https://index.invalid/simple' });
  expect(bytesOf(await fetcher.fetch(artifact)).equals(bytes)).toBe(true);
});

test('an address below a mirrored index is rewritten', async () => {
  const mirror = await fileServer();
  const bytes = noise(1000);
  mirror.files.set(`/copy${FILE}`, bytes);
  const { fetcher } = fetchRig({ mirrors: [{ from: 'https://index.invalid/root', to: `${mirror.url}/copy` }] });
  const artifact = artifactAt(`https://index.invalid/root${FILE}`, { bytes, index: 'https://index.invalid/root' });
  expect(bytesOf(await fetcher.fetch(artifact)).equals(bytes)).toBe(true);
});

test('an index that the project names is not replaced, its default one is', async () => {
  const [own, mirror] = [await fileServer(), await fileServer()];
  const bytes = noise(1000);
  own.files.set(FILE, bytes);
  const index = `${own.url}/simple`;
  const environment = { UV_DEFAULT_INDEX: `${mirror.url}/simple` };
  const artifact = artifactAt(own.url + FILE, { bytes, index });
  bytesOf(await fetchRig({ environment, indexes: [{ name: 'own', url: index, default: false }] }).fetcher.fetch(artifact));
  expect(mirror.seen).toEqual([]);
  expect(told(await fetchRig({ environment, indexes: [{ name: 'own', url: index, default: true }] }).fetcher.fetch(artifact)))
    .toMatchInlineSnapshot(`
    "error[F0959]: \`made-1.0-py3-none-any.whl\` is not in the index that stands in for the lock's
      asked  http://HOST/simple/made/
      lock   http://HOST/simple
    hint: let the mirror take the file over, or unset \`UV_DEFAULT_INDEX\` to fetch from where the lock says
    "
  `);
});

test('a direct address is not looked for in a mirror', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const { fetcher } = fetchRig({ environment: { UV_DEFAULT_INDEX: 'https://index.invalid/simple' } });
  bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes })));
});

interface Proxy {
  readonly url: string;
  readonly asked: string[];
  readonly authorizations: (string | undefined)[];
}

/** A proxy that forwards requests and opens tunnels, whatever host is named, to this machine. */
async function proxy(): Promise<Proxy> {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    authorizations.push(request.headers['proxy-authorization']);
    const { port, pathname } = new URL(request.url ?? '');
    http.get({ host: '127.0.0.1', port, path: pathname }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url ?? ''}`);
    authorizations.push(request.headers['proxy-authorization']);
    const onward = net.connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${addressOf(server).port}`, asked, authorizations };
}

test('a proxy is asked for plain addresses, unless NO_PROXY names the host', async () => {
  const [server, between] = [await fileServer(), await proxy()];
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const artifact = artifactAt(`http://files.invalid:${server.port}${FILE}`, { bytes });
  const { fetcher } = fetchRig({ environment: { HTTP_PROXY: between.url.replace('//', '//me:secret@') } });
  expect(bytesOf(await fetcher.fetch(artifact)).equals(bytes)).toBe(true);
  expect(between.asked).toEqual([`GET http://files.invalid:${server.port}${FILE}`]);
  expect(between.authorizations).toEqual([BASIC]);
  const direct = fetchRig({ environment: { http_proxy: between.url, NO_PROXY: 'example.invalid, .0.0.1' } });
  bytesOf(await direct.fetcher.fetch(artifactAt(server.url + FILE, { bytes })));
  expect(between.asked.length).toBe(1);
});

/** A key and a certificate for `files.invalid` that signs itself. */
function certificate(): { readonly key: string; readonly cert: string; readonly path: string } {
  const directory = temporaryDirectory();
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=files.invalid', '-addext', 'subjectAltName=DNS:files.invalid,IP:127.0.0.1'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      ...subject,
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8'), path: cert };
}

test('a server whose authority is named by SSL_CERT_FILE is trusted, any other is not', async () => {
  const tls = certificate();
  const server = await fileServer(tls);
  const bytes = noise(300_000);
  server.files.set(FILE, bytes);
  const artifact = artifactAt(server.url + FILE, { bytes });
  expect(bytesOf(await fetchRig({ environment: { SSL_CERT_FILE: tls.path } }).fetcher.fetch(artifact)).equals(bytes)).toBe(true);
  const { fetcher, pauses } = fetchRig();
  expect(told(await fetcher.fetch(artifact))).toMatchInlineSnapshot(`
    "error[F0958]: \`made-1.0-py3-none-any.whl\` cannot be fetched: the certificate of its server is not trusted
      address  https://HOST/files/made-1.0-py3-none-any.whl
      problem  self-signed certificate
    hint: name the file of the authority that signed it with \`SSL_CERT_FILE\`, if that is one you trust
    "
  `);
  expect(pauses).toEqual([]);
});

test('HTTPS goes through a tunnel of the proxy', async () => {
  const tls = certificate();
  const [server, between] = [await fileServer(tls), await proxy()];
  const bytes = noise(300_000);
  server.files.set(FILE, bytes);
  const { fetcher } = fetchRig({ environment: { HTTPS_PROXY: between.url, SSL_CERT_FILE: tls.path } });
  const result = await fetcher.fetch(artifactAt(`https://files.invalid:${server.port}${FILE}`, { bytes }));
  expect(bytesOf(result).equals(bytes)).toBe(true);
  expect(between.asked).toEqual([`CONNECT files.invalid:${server.port}`]);
});

test('a proxy that is none is reported as the setting it is', async () => {
  const artifact = artifactAt(`https://files.invalid${FILE}`, { bytes: noise(1) });
  expect(told(await fetchRig({ environment: { HTTPS_PROXY: 'socks5://127.0.0.1:1' } }).fetcher.fetch(artifact))).toMatchInlineSnapshot(`
    "error[F0958]: \`made-1.0-py3-none-any.whl\` cannot be fetched: \`HTTPS_PROXY\` cannot be used
      problem  proxies of kind \`socks5\` are not supported
    hint: correct \`HTTPS_PROXY\`, or unset it
    "
  `);
  expect(told(await fetchRig({ environment: { ALL_PROXY: 'http://[bad' } }).fetcher.fetch(artifact))).toContain('F0958');
  expect(told(await fetchRig({ environment: { SSL_CERT_FILE: '/nowhere/ca.pem' } }).fetcher.fetch(artifact))).toContain(
    '`SSL_CERT_FILE` cannot be used',
  );
});

test('an address that is none of the web is refused', async () => {
  const artifact = artifactAt('ftp://files.invalid/made-1.0.tar.gz', { bytes: noise(1) });
  expect(told(await fetchRig().fetcher.fetch(artifact))).toMatchInlineSnapshot(`
    "error[F0957]: \`made-1.0.tar.gz\` cannot be fetched: its address is none of HTTP or HTTPS
      address  ftp://files.invalid/made-1.0.tar.gz
    hint: correct the address in \`pyproject.toml\`, and run \`uv lock\`
    "
  `);
});
