import { afterAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../repository/temporary-directory.ts';
import { Program } from '../robustness/program.ts';
import { serveBinaryCache } from './binary-cache.ts';
import { SOME_KEY } from './caches.ts';

const program = new Program();
afterAll(() => program[Symbol.dispose]());

async function repository(): Promise<string> {
  const cache = temporaryDirectory({ 'nix-cache-info': 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n' });
  return temporaryDirectory({
    'ferrule.toml': `
[caches.team]
kind = "http"
url = "file://${cache}"
priority = 30
push = true
public-keys = ["${SOME_KEY}"]

[caches.old]
kind = "http"
url = "${await deadAddress()}"
public-keys = ["${SOME_KEY}"]
`,
  });
}

/** Where nobody listens any more. */
async function deadAddress(): Promise<string> {
  const server = await serveBinaryCache('/nowhere');
  await server[Symbol.asyncDispose]();
  return server.url;
}

function ferrule(directory: string, words: readonly string[]): ReturnType<Program['run']> {
  return program.run(words, { directory, store: `${directory}/store` });
}

test('the caches are listed without a question to them', async () => {
  const directory = await repository();
  const { status, stdout } = ferrule(directory, ['cache', 'list']);
  expect(stdout.replace(/(file|http):\S+/g, '$1:…')).toBe(`team  http      read, push  file:…\nold   http      read        http:…\n`);
  expect(status).toBe(0);
  expect(JSON.parse(ferrule(directory, ['cache', 'list', '--json']).stdout)).toMatchObject({
    ok: true,
    caches: [{ name: 'team', kind: 'http', push: true, priority: 30, public_keys: [SOME_KEY] }, { name: 'old' }],
  });
  const empty = temporaryDirectory({ 'ferrule.toml': '' });
  expect(ferrule(empty, ['cache', 'list']).stdout).toBe('`ferrule.toml` has no `[caches.NAME]`\n');
});

test('a cache that answers is shown with what it says, one that does not is an error', async () => {
  const directory = await repository();
  const good = ferrule(directory, ['cache', 'show', 'team']);
  expect(good.stdout).toContain('answer      it answers: store /nix/store, priority 40\n');
  expect(good.status).toBe(0);
  const all = ferrule(directory, ['cache', 'show']);
  expect(all.stdout).toContain('answer      none: it takes no connections\n');
  expect(all.stderr).toContain('error[F1141]: the cache `old` takes no connections');
  expect(all.status).toBe(3);
  const document: unknown = JSON.parse(ferrule(directory, ['cache', 'show', '--json']).stdout);
  expect(document).toMatchObject({
    ok: false,
    caches: [{ answer: { kind: 'answers', store: '/nix/store' } }, { answer: { kind: 'fails' } }],
  });
});

test('a cache that is not configured is bad input', async () => {
  const { status, stderr } = ferrule(await repository(), ['cache', 'show', 'taem']);
  expect(stderr).toContain('error[F1131]: there is no cache `taem` in `ferrule.toml`');
  expect(stderr).toContain('did you mean `team`?');
  expect(status).toBe(2);
});
