import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyArchive } from '../python/lock/empty-archives.ts';
import { type FileServer, fileServer } from '../python/fetch/file-server.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';
import { build, type Built, complaints } from './rig.ts';

/** A private index that a project names: whoever knows its name finds the way to its credentials. */

const WHEEL = 'secret-1.0-py3-none-any.whl';
const METADATA = 'Metadata-Version: 2.1\nName: secret\nVersion: 1.0\n';

let place: TemporaryDirectory;
let bytes: Buffer;
beforeAll(async () => {
  place = new TemporaryDirectory();
  bytes = Buffer.from(await emptyArchive(WHEEL, METADATA));
});
afterAll(() => {
  place[Symbol.dispose]();
});

let checkouts = 0;

function checkoutFor(server: FileServer): Checkout {
  const index = `${server.url}/simple`;
  const path = `/files/${WHEEL}`;
  server.files.set(path, bytes);
  server.behaviours.set(path, (request, response) => {
    const isKnown = request.headers.authorization === `Basic ${Buffer.from('bob:a/b@c').toString('base64')}`;
    if (!isKnown) response.writeHead(401).end();
    return !isKnown;
  });
  checkouts += 1;
  return new Checkout(place.join(`checkout-${checkouts}`), {
    'pyproject.toml': `[tool.uv.workspace]\nmembers = ["app"]\n[[tool.uv.index]]\nname = "our.own-index"\nurl = "${index}"\nexplicit = true\n`,
    'app/pyproject.toml':
      '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["secret"]\n[tool.uv.sources]\nsecret = { index = "our.own-index" }\n',
    'uv.lock': `version = 1
revision = 3
requires-python = ">=3.10"

[manifest]
members = ["app"]

[[package]]
name = "app"
version = "1"
source = { virtual = "app" }
dependencies = [{ name = "secret" }]

[package.metadata]
requires-dist = [{ name = "secret", index = "${index}" }]

[[package]]
name = "secret"
version = "1.0"
source = { registry = "${index}" }
wheels = [{ url = "${server.url}${path}", hash = "sha256:${createHash('sha256').update(bytes).digest('hex')}" }]
`,
  });
}

async function built(checkout: Checkout, variables: Readonly<Record<string, string>>): Promise<Built> {
  return await build({
    directory: checkout.directory,
    store: place.join(`store-${checkouts}`),
    targets: ['app:env'],
    variables,
    offline: false,
  });
}

test('a wheel of an index that the root of a workspace names is fetched with the credentials of that name', async () => {
  const checkout = checkoutFor(await fileServer());
  const fetched = await built(checkout, { UV_INDEX_OUR_OWN_INDEX_USERNAME: 'bob', UV_INDEX_OUR_OWN_INDEX_PASSWORD: 'a/b@c' });
  expect(complaints(fetched)).toBe('');
}, 60_000);

test('without them, and with wrong ones, the variables are named', async () => {
  const checkout = checkoutFor(await fileServer());
  for (const [variables, words] of [
    [{}, 'asks for credentials'],
    [{ UV_INDEX_OUR_OWN_INDEX_USERNAME: 'bob', UV_INDEX_OUR_OWN_INDEX_PASSWORD: 'x' }, 'does not accept the credentials'],
  ] as const) {
    const [diagnostic] = (await built(checkout, variables)).report.diagnostics;
    expect(diagnostic).toMatchObject({ code: 'F0952', message: expect.stringContaining(words) });
    expect(diagnostic?.hints?.[0]).toBe('set `UV_INDEX_OUR_OWN_INDEX_USERNAME` and `UV_INDEX_OUR_OWN_INDEX_PASSWORD`');
  }
}, 60_000);
