import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, Program } from '../robustness/program.ts';
import { nixVersions } from '../nix/programs.ts';
import { startNix } from '../nix/rig.ts';
import { serveBinaryCache } from './binary-cache.ts';
import { buildFour, builtNames, type Publisher, startPublisher } from './signed-cache.ts';

const program = new Program();
afterAll(() => program[Symbol.dispose]());

describe.each(nixVersions())('with the Nix of kind %s', (version) => {
  let publisher: Publisher;
  let directory: string;

  beforeAll(async () => {
    publisher = await startPublisher(version);
    directory = publisher.nix.outside('/repository');
    mkdirSync(join(directory, 'programs'), { recursive: true });
    symlinkSync(publisher.top, join(directory, 'result'));
  }, 120_000);

  afterAll(() => publisher.nix.dispose());

  function ferrule(words: readonly string[], variables: Readonly<Record<string, string>> = {}): Ended {
    const { environment, through } = publisher.nix;
    const path = `${join(directory, 'programs')}:${environment['PATH'] ?? ''}`;
    return program.run(words, {
      directory,
      store: join(directory, 'store'),
      through,
      variables: { ...environment, PATH: path, ...variables },
    });
  }

  function configure(text: string): void {
    writeFileSync(join(directory, 'ferrule.toml'), text.replaceAll('KEYS', `public-keys = ["${publisher.publicKey}"]`));
  }

  /** A client that says what it was started with. */
  function placeClient(name: string, script: string): void {
    writeFileSync(join(directory, 'programs', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  test('pushes a signed closure, which another store takes instead of building', async () => {
    const cache = publisher.nix.outside('/pushed');
    configure(`[caches.team]\nkind = "http"\nurl = "file://${cache}"\npush = true\nsigning-key = "KEY"\ncompression = "zstd"\nKEYS\n`);
    const pushed = ferrule(['cache', 'push', '--json'], { KEY: publisher.secretKey });
    expect(pushed).toMatchObject({ status: 0 });
    expect(JSON.parse(pushed.stdout)).toMatchObject({ ok: true, paths: [publisher.top], caches: [{ name: 'team', ok: true, sent: 4 }] });
    expect(ferrule(['cache', 'push'], { KEY: publisher.nix.outside('/secret') }).stderr).toContain('nothing: everything is there to team');

    await using server = await serveBinaryCache(cache);
    const reader = await startNix({ version });
    const options = ['--option', 'extra-substituters', server.url, '--option', 'extra-trusted-public-keys', publisher.publicKey];
    const ended = await buildFour(reader, options);
    reader.dispose();
    expect(ended.status).toBe(0);
    expect(builtNames(ended)).toEqual([]);
  }, 120_000);

  test('leaves no secret behind, shows none, and puts none on a command line', () => {
    const temporary = publisher.nix.outside('/temporary');
    mkdirSync(temporary);
    configure(`[caches.team]\nkind = "attic"\nurl = "https://attic.example.org"\nname = "builds"\npush = true\nKEYS\n`);
    placeClient('attic', 'echo "$@"; cat "$XDG_CONFIG_HOME/attic/config.toml"; stat -c %a "$XDG_CONFIG_HOME/attic/config.toml"; exit 1');
    const { status, stderr } = ferrule(['cache', 'push'], { ATTIC_TOKEN: 'very-secret', TMPDIR: temporary });
    expect(status).toBe(3);
    expect(stderr).toContain(`push ferrule:builds ${publisher.top}`);
    expect(stderr).toContain('endpoint = "https://attic.example.org/"');
    expect(stderr).toContain('token = "…"');
    expect(stderr).toContain('600');
    expect(stderr).toContain('error[F1136]: the push to the cache `team` failed: `attic` ended with status 1');
    expect(stderr).not.toContain('very-secret');
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('gives Cachix its token by a variable', () => {
    configure(`[caches.team]\nkind = "cachix"\nname = "builds"\ntoken = "TEAM_TOKEN"\npush = true\nKEYS\n`);
    placeClient('cachix', 'echo "$@" > said; echo "$CACHIX_AUTH_TOKEN" >> said');
    expect(ferrule(['cache', 'push', '--results-only'], { TEAM_TOKEN: 'secret' })).toMatchObject({ status: 0 });
    expect(readFileSync(join(directory, 'said'), 'utf8')).toBe(`push builds ${publisher.top}\nsecret\n`);
  });

  test('sends nothing with `--dry-run`', () => {
    const cache = publisher.nix.outside('/not-pushed');
    configure(`[caches.team]\nkind = "http"\nurl = "file://${cache}"\npush = true\nKEYS\n`);
    const { status, stdout } = ferrule(['cache', 'push', '--dry-run', '--results-only', 'result']);
    expect(status).toBe(0);
    expect(stdout).toBe(`nix --extra-experimental-features nix-command copy --to file://${cache} -- ${publisher.top}\n`);
    expect(existsSync(cache)).toBe(false);
  });

  const WEB = '[caches.team]\nkind = "http"\nurl = "file:///nowhere"\nsigning-key = "KEY"\nKEYS\n';

  test.each([
    ['nothing is pushed unless told so', WEB, ['--to', 'team'], {}, 'F1132', 'nothing may be pushed to the cache `team`'],
    ['no cache may be pushed to', WEB, [], {}, 'F1132', 'none of the caches may be pushed to'],
    ['there is no such cache', WEB, ['--to', 'taem'], {}, 'F1131', 'did you mean `team`?'],
    ['a key is not set', `${WEB}push = true`, [], {}, 'F1133', 'environment variable `KEY` is not set'],
    ['a key is none', `${WEB}push = true`, [], { KEY: 'x' }, 'F1134', '`KEY` holds no signing key'],
    ['a key file is missing', `${WEB}push = true`, [], { KEY: '/nowhere' }, 'F1134', 'file  /nowhere'],
    ['what is named is no path', `${WEB}push = true`, ['./ferrule.toml'], {}, 'F1137', '`./ferrule.toml` is nothing in the Nix store'],
    ['FlakeHub is named', '[caches.hub]\nkind = "flakehub"\npush = true\nKEYS\n', [], {}, 'F1138', 'FlakeHub takes nothing by hand'],
  ] as const)('says so when %s', (_, configuration, words, variables, code, message) => {
    configure(configuration);
    const { status, stderr } = ferrule(['cache', 'push', ...words], variables);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  test('refuses a key that no reader trusts', async () => {
    await publisher.nix.enter(['nix-store', '--generate-binary-cache-key', 'other-1', 'other', 'other.pub']);
    configure(`${WEB}push = true`);
    const { status, stderr } = ferrule(['cache', 'push'], { KEY: publisher.nix.outside('/other') });
    expect(stderr).toContain('error[F1134]: the signing key in `KEY` is none that readers of the cache `team` trust');
    expect(stderr).toContain(readFileSync(publisher.nix.outside('/other.pub'), 'utf8'));
    expect(status).toBe(2);
  });

  test('names the client that is missing', () => {
    configure('[caches.team]\nkind = "attic"\nurl = "https://x"\nname = "x"\npush = true\nKEYS\n');
    const { status, stderr } = ferrule(['cache', 'push'], { ATTIC_TOKEN: 'x', PATH: '/usr/bin' });
    expect(stderr).toContain('error[F1135]: `attic` is not on the `PATH`, which pushes to the cache `team`');
    expect(status).toBe(3);
  });
});
