/** Fetches and unpacks onto a small disk: `node full-disk-child.mjs STORE WHEEL`; says in JSON what came of it. */
import { readdirSync, readFileSync } from 'node:fs';
import * as http from 'node:http';
import { join } from 'node:path';
import { digestOf } from '../../../src/model/digest.ts';
import { ArtifactFetcher } from '../../../src/python/fetch/artifact-fetcher.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import { openStore } from '../../../src/store/directory-store.ts';
import { StoreFailure } from '../../../src/store/store.ts';

const [, , directory = '', wheel = ''] = process.argv;
const store = openStore({ directory, now: () => Date.now(), processId: process.pid });
const bytes = readFileSync(wheel);
const server = http.createServer((_, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const fetcher = new ArtifactFetcher({
  store,
  environment: {},
  offline: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  now: () => Date.now(),
});
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the server has no port');
const filename = 'made-1.0-py3-none-any.whl';
const url = `http://127.0.0.1:${address.port}/${filename}`;
const artifact = {
  filename,
  location: { kind: 'url', url, index: undefined },
  hash: { algorithm: 'sha256', hex: digestOf(bytes).hash },
  size: bytes.length,
} as const;
const fetched = await failureOf(() => fetcher.fetch(artifact));
const unpacked = await failureOf(() => unpackWheel({ store, path: wheel, digest: digestOf(bytes), filename }));
server.close();
server.closeAllConnections();
const left = readdirSync(join(directory, 'v1/tmp'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'));
process.stdout.write(JSON.stringify({ fetched, unpacked, left, corrupt: store.verify({ repair: false }).corrupt }));

async function failureOf(work: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work());
  } catch (error) {
    if (error instanceof StoreFailure) return error.systemCode;
    throw error;
  }
}
