import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { plainVariables, Program } from './program.ts';
import { HOUSE_OUTPUT, Place, smallHouse } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', '--profile', 'dev'];

function run(
  words: readonly [string, ...(readonly string[])],
  directory: string,
  variables: Readonly<Record<string, string>> = {},
): string {
  const [program, ...rest] = words;
  const done = spawnSync(program, rest, { cwd: directory, env: { ...plainVariables(), ...variables }, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** A registry on this disk with one crate, `gem 1.0.0`, and a program that needs it; cargo's home is the place's own. */
class Registry extends Place {
  readonly variables: Readonly<Record<string, string>>;

  constructor() {
    super();
    const home = join(this.root, 'cargo-home');
    this.variables = { CARGO_HOME: home };
    mkdirSync(join(this.root, 'crates'));
    mkdirSync(join(this.root, 'index'));
    this.publish([]);
    this.write({
      '.cargo/config.toml': `[registries.local]\nindex = "file://${this.root}/index"\n`,
      'Cargo.toml':
        '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\ngem = { version = "1", registry = "local" }\n',
      'src/main.rs': 'fn main() {\n    println!("{}", gem::GEM);\n}\n',
    });
    run(['cargo', 'generate-lockfile'], this.directory, this.variables);
  }

  get archive(): string {
    return join(this.root, 'crates/gem-1.0.0.crate');
  }

  /** Where cargo keeps the archive it downloaded. */
  get downloaded(): string {
    const cache = join(this.root, 'cargo-home/registry/cache');
    return join(cache, readdirSync(cache)[0] ?? '', 'gem-1.0.0.crate');
  }

  fetch(): void {
    run(['cargo', 'fetch', '--locked'], this.directory, this.variables);
  }

  /** Packs the crate, `more` being further words for `tar`, and writes the index. */
  publish(more: readonly string[]): void {
    const sources = join(this.root, 'gem-1.0.0');
    mkdirSync(join(sources, 'src'), { recursive: true });
    writeFileSync(join(sources, 'Cargo.toml'), '[package]\nname = "gem"\nversion = "1.0.0"\nedition = "2021"\n');
    writeFileSync(join(sources, 'src/lib.rs'), 'pub const GEM: &str = "ruby";\n');
    writeFileSync(join(sources, 'climb'), 'out of here\n');
    run(['tar', 'czPf', this.archive, ...more, 'gem-1.0.0'], this.root);
    const index = join(this.root, 'index');
    mkdirSync(join(index, '3/g'), { recursive: true });
    const entry = { name: 'gem', vers: '1.0.0', deps: [], features: {}, cksum: checksumOf(this.archive), yanked: false };
    writeFileSync(join(index, '3/g/gem'), `${JSON.stringify(entry)}\n`);
    writeFileSync(join(index, 'config.json'), JSON.stringify({ dl: `file://${this.root}/crates/{crate}-{version}.crate` }));
    if (!existsSync(join(index, '.git'))) run(['git', 'init', '-q', '-b', 'master'], index);
    run(['git', 'add', '-A'], index);
    run(['git', '-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-qm', 'gem'], index);
  }

  call(): { readonly directory: string; readonly store: string; readonly variables: Readonly<Record<string, string>> } {
    return { directory: this.directory, store: this.store, variables: this.variables };
  }

  /** The status and words of a build. */
  outcome(words: readonly string[] = []): { readonly status: number | null; readonly said: string } {
    const { status, stderr } = ferrule.run([...BUILD, ...words], this.call());
    return { status, said: this.normalise(stderr).replaceAll(/-[0-9a-f]{16}\b/g, '-[HASH]') };
  }
}

function checksumOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Packs the file `climb` at `path` of the archive. */
function climbing(path: string): readonly string[] {
  return [`--transform=s|^gem-1.0.0/climb$|${path}|`];
}

describe('a crate', () => {
  test('from a registry of one’s own is built', () => {
    using registry = new Registry();
    expect(registry.outcome()).toMatchObject({ status: 0 });
    expect(registry.output('app')).toBe('ruby\n');
  });

  test('whose archive changed after cargo had checked it is refused by name, and built once it is right again', () => {
    using registry = new Registry();
    registry.fetch();
    const bytes = readFileSync(registry.downloaded);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    writeFileSync(registry.downloaded, bytes);
    expect(registry.outcome()).toMatchInlineSnapshot(`
      {
        "said": "error[F0302]: archive of crate \`gem-1.0.0\` does not have the checksum that \`Cargo.lock\` asks for
        archive  [ROOT]/cargo-home/registry/cache/-[HASH]/gem-1.0.0.crate
        locked   sha256:[SHA256]
        found    sha256:[SHA256]
      hint: delete the archive and run \`cargo fetch --locked\`; if the checksum is still wrong, do not trust the crate's source
      error: 1 unit failed in [TIME] (0 built, 0 reused, 1 not tried)
      ",
        "status": 2,
      }
    `);
    copyFileSync(registry.archive, registry.downloaded);
    expect(registry.outcome()).toMatchObject({ status: 0 });
    expect(registry.output('app')).toBe('ruby\n');
  });

  test('whose archive is not what the lock says when it is downloaded is refused by cargo, and so by us', () => {
    using registry = new Registry();
    writeFileSync(registry.archive, Buffer.concat([readFileSync(registry.archive), Buffer.from('x')]));
    expect(registry.outcome()).toMatchInlineSnapshot(`
      {
        "said": "error[F0206]: \`cargo fetch --locked --target=x86_64-unknown-linux-gnu\` failed
      error: failed to verify the checksum of \`gem v1.0.0 (registry \`local\`)\`
      hint: what the registry gave is not what \`Cargo.lock\` asks for: try again, and if it stays so, do not trust the crate's source
      ",
        "status": 2,
      }
    `);
  });

  test.for(['gem-1.0.0/../../climbed', '/tmp/ferrule-robust-climbed', 'other-1.0.0/climb'])(
    'with an entry at `%s` is refused by name',
    (path) => {
      using registry = new Registry();
      registry.fetch();
      // Signed and sealed: the registry, the lock and cargo's download agree on an archive that climbs out.
      registry.publish(climbing(path));
      rmSync(join(registry.directory, 'Cargo.lock'));
      run(['cargo', 'generate-lockfile'], registry.directory, registry.variables);
      copyFileSync(registry.archive, registry.downloaded);
      const { status, said } = registry.outcome();
      expect(status).toBe(2);
      expect(said).toContain(`error[F0304]: archive of crate \`gem-1.0.0\` is refused`);
      expect(said).toContain(path);
      expect(existsSync(join(registry.store, 'v1/trees/climbed'))).toBe(false);
      expect(existsSync('/tmp/ferrule-robust-climbed')).toBe(false);
    },
  );

  test('that is cut short is refused by name', () => {
    using registry = new Registry();
    registry.fetch();
    writeFileSync(registry.downloaded, readFileSync(registry.downloaded).subarray(0, 100));
    expect(registry.outcome()).toMatchObject({ status: 2, said: expect.stringContaining('error[F0302]') });
  });

  test('that is not there, offline, is named', () => {
    using registry = new Registry();
    rmSync(join(registry.root, 'cargo-home/registry/cache'), { recursive: true, force: true });
    expect(registry.outcome(['--offline'])).toMatchInlineSnapshot(`
      {
        "said": "error[F0321]: some crates are not on this machine, and \`--offline\` forbids fetching them
      error: failed to download \`gem v1.0.0 (registry \`local\`)\`

      Caused by:
        attempting to make an HTTP request, but --offline was specified
      hint: run once without \`--offline\`, or \`cargo fetch --locked\`
      ",
        "status": 2,
      }
    `);
  });
});

describe('a lock', () => {
  test('that is missing is asked for', () => {
    using place = new Place();
    place.workspace(smallHouse());
    rmSync(join(place.directory, 'Cargo.lock'));
    const { status, stderr } = ferrule.run(BUILD, place);
    expect({ status, said: place.normalise(stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0108]: this workspace has no \`Cargo.lock\`
      hint: run \`cargo generate-lockfile\`
      ",
        "status": 2,
      }
    `);
    place.lock();
    expect(ferrule.run([...BUILD, 'app'], place)).toMatchObject({ status: 0 });
    expect(place.output('app')).toBe(HOUSE_OUTPUT);
  });

  test('that is older than the manifests is said to be, and left alone', () => {
    using place = new Place();
    place.workspace(smallHouse());
    const lock = join(place.directory, 'Cargo.lock');
    const before = readFileSync(lock, 'utf8');
    place.write({ 'fourth/Cargo.toml': '[package]\nname = "fourth"\nversion = "0.2.0"\nedition = "2021"\n' });
    const { status, stderr } = ferrule.run([...BUILD, '--offline'], place);
    expect({ status, said: place.normalise(stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0205]: \`Cargo.lock\` does not fit the manifests
      error: cannot update the lock file [REPOSITORY]/Cargo.lock because --locked was passed to prevent this
      help: to generate the lock file without accessing the network, remove the --locked flag and use --offline instead.
      hint: run \`cargo update --workspace\` to bring it up to date with as few changes as possible
      ",
        "status": 2,
      }
    `);
    expect(readFileSync(lock, 'utf8')).toBe(before);
    place.lock();
    expect(ferrule.run([...BUILD, 'app', '--offline'], place)).toMatchObject({ status: 0 });
    expect(place.output('app')).toBe(HOUSE_OUTPUT);
  });

  test('that is no lock is said to be none', () => {
    using place = new Place();
    place.workspace(smallHouse());
    place.write({ 'Cargo.lock': 'version = 4\n[[package]\nname = "app"\n' });
    const { status, stderr } = ferrule.run([...BUILD, '--offline'], place);
    expect({ status, said: place.normalise(stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0213]: \`[REPOSITORY]/Cargo.lock\` is not a lock file: Invalid TOML document: expected end of table array declaration
      hint: restore it from version control, or run \`cargo generate-lockfile\`
      ",
        "status": 2,
      }
    `);
  });
});
