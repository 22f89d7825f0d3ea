import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.ts';
import { storeRig, temporaryDirectory } from '../../store/rig.ts';
import { artifactAt, bytesOf, fetchRig, told } from './fetch-rig.ts';
import { breakAfter, fileServer, noise, status } from './file-server.ts';

const FILE = '/made-1.0-py3-none-any.whl';

test('a file arrives in the store under its digest, and its bytes were counted', async () => {
  const server = await fileServer();
  const bytes = noise(300_000);
  server.files.set(FILE, bytes);
  const { fetcher, store, progress } = fetchRig();
  const result = await fetcher.fetch(artifactAt(server.url + FILE, { bytes }));
  expect(bytesOf(result).equals(bytes)).toBe(true);
  expect(store.readBlob(digestOf(bytes))?.equals(bytes)).toBe(true);
  expect(progress.get('made-1.0-py3-none-any.whl')).toEqual({ received: 300_000, total: 300_000 });
});

test('what the store has is not fetched again, by any run', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const first = fetchRig();
  for (const artifact of [artifactAt(server.url + FILE, { bytes }), artifactAt(server.url + FILE, { bytes, size: undefined })]) {
    bytesOf(await first.fetcher.fetch(artifact));
    bytesOf(await fetchRig({ store: first.store, offline: true }).fetcher.fetch(artifact));
  }
  expect(server.seen.length).toBe(1);
});

test('a file asked for twice at once is fetched once', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const { fetcher } = fetchRig();
  const artifact = artifactAt(server.url + FILE, { bytes });
  const results = await Promise.all([fetcher.fetch(artifact), fetcher.fetch(artifact)]);
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(server.seen.length).toBe(1);
});

test('what is fetched ahead is there when it is asked for, with its outcome', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const { fetcher } = fetchRig();
  const there = artifactAt(server.url + FILE, { bytes });
  const gone = artifactAt(`${server.url}/gone-1.0-py3-none-any.whl`, { bytes: noise(10) });
  fetcher.prefetch([there, gone, there].map((artifact) => ({ artifact, span: undefined })));
  expect(bytesOf(await fetcher.fetch(there)).equals(bytes)).toBe(true);
  expect(told(await fetcher.fetch(gone))).toContain('F0953');
  bytesOf(await fetcher.fetch(there));
  expect(server.seen.length).toBe(2);
});

test.each(['sha384', 'sha512', 'blake2b', 'md5'] as const)('a lock with %s is checked by it, and found again', async (algorithm) => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const { fetcher, store } = fetchRig();
  const artifact = artifactAt(server.url + FILE, { bytes, algorithm });
  bytesOf(await fetcher.fetch(artifact));
  expect(bytesOf(await fetchRig({ store, offline: true }).fetcher.fetch(artifact)).equals(bytes)).toBe(true);
  server.files.set(FILE, noise(1000));
  expect(told(await fetchRig().fetcher.fetch(artifact))).toContain('F0950');
});

test('a file without a hash is recorded as it is', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const { fetcher, store } = fetchRig();
  const artifact = artifactAt(server.url + FILE);
  expect(bytesOf(await fetcher.fetch(artifact)).equals(bytes)).toBe(true);
  expect(bytesOf(await fetchRig({ store, offline: true }).fetcher.fetch(artifact)).equals(bytes)).toBe(true);
});

test('a connection that breaks is gone on with where it broke', async () => {
  const server = await fileServer();
  const bytes = noise(3 << 20);
  server.files.set(FILE, bytes);
  server.behaviours.set(FILE, (request, response, count) => count <= 2 && breakAfter(1 << 20, bytes)(request, response, count));
  const { fetcher, pauses } = fetchRig();
  expect(bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes }))).equals(bytes)).toBe(true);
  expect(server.seen.map(({ range }) => range)).toEqual([
    undefined,
    expect.stringMatching(/^bytes=\d+-$/),
    expect.stringMatching(/^bytes=\d+-$/),
  ]);
  expect(pauses).toEqual([500, 500]);
});

test('a file that changed on the server while its connection was broken is fetched from its beginning', async () => {
  const server = await fileServer();
  const [before, bytes] = [noise(2 << 20), noise(2 << 20)];
  server.files.set(FILE, bytes);
  server.behaviours.set(FILE, (request, response, count) => count === 1 && breakAfter(1 << 20, before)(request, response, count));
  const { fetcher } = fetchRig();
  expect(bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes }))).equals(bytes)).toBe(true);
});

test('a server without byte ranges is asked for all of it again', async () => {
  const server = await fileServer();
  const bytes = noise(2 << 20);
  server.behaviours.set(FILE, (request, response, count) => {
    if (count === 1) return breakAfter(1 << 20, bytes)(request, response, count);
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    return true;
  });
  const { fetcher } = fetchRig();
  expect(bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes }))).equals(bytes)).toBe(true);
});

test('a part that one run has fetched is gone on with by the next', async () => {
  const server = await fileServer();
  const bytes = noise(4 << 20);
  server.files.set(FILE, bytes);
  server.behaviours.set(FILE, (request, response, count) => count === 1 && breakAfter(3 << 20, bytes)(request, response, count));
  const artifact = artifactAt(server.url + FILE, { bytes });
  const kept = storeRig();
  const { store } = kept;
  const first = fetchRig({ store, environment: { UV_HTTP_RETRIES: '0' } });
  expect(told(await first.fetcher.fetch(artifact))).toContain('F0954');
  store.close();
  const second = fetchRig({ store: kept.reopen() });
  expect(bytesOf(await second.fetcher.fetch(artifact)).equals(bytes)).toBe(true);
  expect(Number(/\d+/.exec(server.seen[1]?.range ?? '')?.[0])).toBeGreaterThan(1 << 20);
});

test('a part that an earlier run left and that does not fit is fetched anew', async () => {
  const server = await fileServer();
  const [wrong, bytes] = [noise(4 << 20), noise(4 << 20)];
  server.files.set(FILE, bytes);
  // The server has no entity tags, so nothing but the hash tells the two apart.
  server.behaviours.set(FILE, (request, response, count) => {
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    const body = (count === 1 ? wrong : bytes).subarray(start);
    const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(start === 0 ? 200 : 206, { 'content-length': body.length, ...(start === 0 ? {} : range) });
    if (count === 1) response.write(body.subarray(0, 3 << 20), () => setTimeout(() => response.destroy(), 5));
    else response.end(body);
    return true;
  });
  const artifact = artifactAt(server.url + FILE, { bytes });
  const first = fetchRig({ environment: { UV_HTTP_RETRIES: '0' } });
  expect((await first.fetcher.fetch(artifact)).ok).toBe(false);
  expect(bytesOf(await fetchRig({ store: first.store }).fetcher.fetch(artifact)).equals(bytes)).toBe(true);
  expect(server.seen.map(({ range }) => range !== undefined)).toEqual([false, true, false]);
});

test('a run that is stopped keeps what has arrived, and says so to nobody but the next', async () => {
  const server = await fileServer();
  const bytes = noise(4 << 20);
  server.files.set(FILE, bytes);
  const rig = fetchRig({});
  server.behaviours.set(FILE, (_, response, count) => {
    if (count > 1) return false;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 3 << 20), () => setTimeout(() => rig.stop(), 50));
    return true;
  });
  const artifact = artifactAt(server.url + FILE, { bytes });
  expect(told(await rig.fetcher.fetch(artifact))).toContain('the run was stopped');
  expect(bytesOf(await fetchRig({ store: rig.store }).fetcher.fetch(artifact)).equals(bytes)).toBe(true);
  expect(server.seen[1]?.range).toMatch(/^bytes=\d{5,}-$/);
});

test('nothing is left beside the store when a file was fetched', async () => {
  const server = await fileServer();
  const bytes = noise(2 << 20);
  server.files.set(FILE, bytes);
  server.behaviours.set(FILE, (request, response, count) => count === 1 && breakAfter(1 << 20, bytes)(request, response, count));
  const { store, fetcher } = fetchRig();
  await fetcher.fetch(artifactAt(server.url + FILE, { bytes }));
  expect(readdirSync(join(store.directory, 'v1/tmp'), { recursive: true }).filter((name) => String(name).endsWith('part'))).toEqual([]);
  expect(existsSync(join(store.directory, 'v1/sandboxes')) ? readdirSync(join(store.directory, 'v1/sandboxes')) : []).toEqual([]);
});

test.each([500, 502, 503, 429, 408])('an answer of %i is asked again, after growing pauses', async (code) => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  server.behaviours.set(FILE, (request, response, count) => count <= 3 && status(code)(request, response, count));
  const { fetcher, pauses } = fetchRig();
  bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes })));
  expect(pauses).toEqual([500, 1000, 2000]);
});

test('a server that says how long to wait is heard, in seconds and as a date', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, bytes);
  const date = new Date(1_800_000_000_000 + 7000).toUTCString();
  server.behaviours.set(
    FILE,
    (request, response, count) => count <= 2 && status(429, { 'retry-after': count === 1 ? '3' : date })(request, response, count),
  );
  const { fetcher, pauses } = fetchRig();
  bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes })));
  expect(pauses).toEqual([3000, 7000]);
});

test('a server that stays silent is given up', async () => {
  const server = await fileServer();
  server.behaviours.set(FILE, () => true);
  const { fetcher, pauses } = fetchRig({ environment: { UV_HTTP_TIMEOUT: '0.05', UV_HTTP_RETRIES: '2' } });
  expect(told(await fetcher.fetch(artifactAt(server.url + FILE, { bytes: noise(10) })))).toMatchInlineSnapshot(`
    "error[F0954]: \`made-1.0-py3-none-any.whl\` cannot be fetched: its server does not answer as it should
      address   http://HOST/made-1.0-py3-none-any.whl
      problem   nothing came for 0.05 seconds (ETIMEDOUT)
      attempts  3
    hint: check the network and \`HTTPS_PROXY\`; a mirror can be named with \`UV_DEFAULT_INDEX\`
    "
  `);
  expect(pauses.length).toBe(2);
});

test('a server that stops in the middle is asked for the rest', async () => {
  const server = await fileServer();
  const bytes = noise(1 << 20);
  server.files.set(FILE, bytes);
  server.behaviours.set(FILE, (_, response, count) => {
    if (count > 1) return false;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 1 << 19));
    return true;
  });
  const { fetcher } = fetchRig({ environment: { UV_HTTP_TIMEOUT: '0.1' } });
  expect(bytesOf(await fetcher.fetch(artifactAt(server.url + FILE, { bytes }))).equals(bytes)).toBe(true);
  expect(server.seen.length).toBe(2);
});

test('a server that is not there is given up', async () => {
  const { fetcher } = fetchRig();
  const text = told(await fetcher.fetch(artifactAt(`http://127.0.0.1:9${FILE}`, { bytes: noise(10) })));
  expect(text).toContain('error[F0954]');
  expect(text).toContain('ECONNREFUSED');
  expect(text).toMatch(/attempts +4/);
});

test('so many files at once, and no more', async () => {
  const server = await fileServer();
  const artifacts = Array.from({ length: 12 }, (_, index) => {
    const path = `/made_${index}-1.0-py3-none-any.whl`;
    const bytes = noise(100);
    server.files.set(path, bytes);
    server.behaviours.set(path, (_request, response) => {
      setTimeout(() => response.writeHead(200, { 'content-length': 100 }).end(bytes), 20);
      return true;
    });
    return artifactAt(server.url + path, { bytes });
  });
  const { fetcher } = fetchRig({ parallel: 3 });
  const results = await Promise.all(artifacts.map((artifact) => fetcher.fetch(artifact)));
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(server.busiest()).toBe(3);
});

test('a wrong hash is an error that names both, and nothing of it is found later', async () => {
  const server = await fileServer();
  const expected = Buffer.from('what the lock has seen');
  const found = Buffer.from('what is served instead');
  server.files.set(FILE, found);
  const { fetcher, store } = fetchRig();
  const artifact = artifactAt(server.url + FILE, { bytes: expected });
  const span = { file: 'uv.lock', text: '[[package]]\nname = "made"\n', start: 12, end: 25 };
  expect(told(await fetcher.fetch(artifact, span))).toMatchInlineSnapshot(`
    "error[F0950]: \`made-1.0-py3-none-any.whl\` does not have the hash that the lock asks for
      --> uv.lock:2:1
       2 | name = "made"
         | ^^^^^^^^^^^^^
      address  http://HOST/made-1.0-py3-none-any.whl
      locked   sha256:23a9083724f917537c2ecfd435af8fdf5209a3564c16b81b0cd5248ca34a45ff
      found    sha256:b2401aaab4b7296e542de648c15684ab48b63893f972438241df42a0b5714846
      size     22 bytes
    hint: do not use what is served there: the file was replaced, or something on the way changes it
    hint: if its publisher did replace it and you trust that, run \`uv lock --upgrade-package made\`
    "
  `);
  expect(store.blobPath(digestOf(found), false)).toBeUndefined();
  expect(server.seen.length).toBe(1);
});

test('a file that the server itself has only in part is told from a wrong one', async () => {
  const server = await fileServer();
  const bytes = noise(5000);
  server.files.set(FILE, bytes.subarray(0, 4000));
  expect(told(await fetchRig().fetcher.fetch(artifactAt(server.url + FILE, { bytes })))).toMatchInlineSnapshot(`
    "error[F0951]: \`made-1.0-py3-none-any.whl\` is cut short where it is served
      address  http://HOST/made-1.0-py3-none-any.whl
      locked   5000 bytes
      found    4000 bytes
    hint: a proxy or mirror keeps a damaged copy: have it removed there, or go around it
    "
  `);
});

test('more than the lock says is not waited for', async () => {
  const server = await fileServer();
  const bytes = noise(1000);
  server.files.set(FILE, noise(64 << 20));
  const { fetcher, progress } = fetchRig();
  const text = told(await fetcher.fetch(artifactAt(server.url + FILE, { bytes })));
  expect(text).toContain('F0950');
  expect(text).toContain('more than the 1000 bytes of the lock');
  expect(progress.get('made-1.0-py3-none-any.whl')?.received).toBeLessThan(8 << 20);
});

test('a file that is gone is an error with the command that chooses another', async () => {
  const server = await fileServer();
  expect(told(await fetchRig().fetcher.fetch(artifactAt(server.url + FILE, { bytes: noise(1) })))).toMatchInlineSnapshot(`
    "error[F0953]: \`made-1.0-py3-none-any.whl\` is not there any more
      address  http://HOST/made-1.0-py3-none-any.whl
      answer   404
    hint: it was removed from its index, or the lock names an index that never had it: run \`uv lock --upgrade-package made\`
    hint: private indexes also answer so to who gives no credentials
    "
  `);
});

test('an answer that means nothing is passed on', async () => {
  const server = await fileServer();
  server.behaviours.set(FILE, status(418));
  expect(told(await fetchRig().fetcher.fetch(artifactAt(server.url + FILE, { bytes: noise(1) })))).toMatchInlineSnapshot(`
    "error[F0957]: \`made-1.0-py3-none-any.whl\` cannot be fetched: its server answers 418
      address  http://HOST/made-1.0-py3-none-any.whl
    hint: open the address in a browser to see what the server means
    "
  `);
});

test('offline, what is missing is named', async () => {
  expect(told(await fetchRig({ offline: true }).fetcher.fetch(artifactAt('http://index.invalid/made-1.0.tar.gz', { bytes: noise(1) }))))
    .toMatchInlineSnapshot(`
    "error[F0955]: \`made-1.0.tar.gz\` is not in the store, and \`--offline\` forbids to fetch it
      address  http://index.invalid/made-1.0.tar.gz
    hint: run once without \`--offline\`
    "
  `);
});

test('a file beside the lock is copied and checked', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'made-1.0.tar.gz');
  writeFileSync(path, 'content');
  const location = { kind: 'path', path } as const;
  const hash = { algorithm: 'sha256', hex: digestOf('content').hash } as const;
  const { fetcher } = fetchRig({ offline: true });
  const artifact = { filename: 'made-1.0.tar.gz', location, hash, size: undefined };
  const result = await fetcher.fetch(artifact);
  expect(bytesOf(result).toString()).toBe('content');
  writeFileSync(path, 'changed');
  expect(told(await fetchRig().fetcher.fetch(artifact))).toContain('F0950');
  expect(bytesOf(await fetchRig().fetcher.fetch({ ...artifact, hash: undefined })).toString()).toBe('changed');
  expect(readFileSync(path, 'utf8')).toBe('changed');
  const missing = { ...artifact, location: { kind: 'path', path: '/nowhere/made-1.0.tar.gz' } as const };
  expect(told(await fetchRig().fetcher.fetch(missing))).toMatchInlineSnapshot(`
    "error[F0956]: \`made-1.0.tar.gz\` cannot be read
      file   /nowhere/made-1.0.tar.gz
      error  ENOENT
    hint: put the file where the lock says, or run \`uv lock\`
    "
  `);
});
