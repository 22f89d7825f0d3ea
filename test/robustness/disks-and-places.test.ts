import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Program } from './program.ts';
import { HOUSE_OUTPUT, Place, smallHouse } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', 'app', '--profile', 'dev', '--offline'];

const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

/** Words that run a program with mounts of its own: those that `script` makes. */
function mounting(place: Place, script: string): readonly string[] {
  const path = join(place.root, 'mounting');
  writeFileSync(path, `${script}\nexec "$@"\n`);
  return ['unshare', '-m', 'sh', '-e', path];
}

describe.skipIf(!canMount)('a disk', () => {
  test.for([1, 4, 12])('of %d MiB is full before the build is done: status 3, a clear word, whole entries only', (size) => {
    using place = new Place();
    place.workspace(smallHouse());
    mkdirSync(place.store);
    // What stands on the small disk is copied out at the end: the mount is gone with the process.
    const through = mounting(place, `mount -t tmpfs -o size=${size}m none "${place.store}"`);
    const script = `"$@"; status=$?; chmod -R u+w ${place.root}; cp -a ${place.store} ${place.root}/after; exit $status`;
    const full = ferrule.run(BUILD, { directory: place.directory, store: place.store, through: [...through, 'sh', '-c', script, 'sh'] });
    expect({ status: full.status, said: firstError(full.stderr) }, full.stderr).toEqual({
      status: 3,
      said: 'error[F0690]: the store cannot be used: no space is left on its disk',
    });
    expect(full.stderr).not.toMatch(/internal error|F040\d/);
    expect(ferrule.run(['store', 'verify', '--store', `${place.root}/after`], place)).toMatchObject({ status: 0 });
    expect(ferrule.run([...BUILD, '--store', `${place.root}/after`], place)).toMatchObject({ status: 0 });
    expect(place.output('app')).toBe(HOUSE_OUTPUT);
  });

  test('that may only be read: status 3 and a clear word', () => {
    using place = new Place();
    place.workspace(smallHouse());
    expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
    const through = mounting(place, `mount --bind "${place.store}" "${place.store}"\nmount -o remount,ro,bind "${place.store}"`);
    const call = { directory: place.directory, store: place.store, through };
    place.write({ 'app/src/main.rs': 'fn main() {}\n' });
    const { status, stderr } = ferrule.run(BUILD, call);
    expect({ status, said: place.normalise(stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0690]: the store cannot be used: its file system is read-only
        path          [STORE]/v1/tmp/[SESSION]
        system error  EROFS
      hint: choose another directory with \`--store DIR\` or \`FERRULE_STORE\`
      ",
        "status": 3,
      }
    `);
  });
});

describe('names that need care', () => {
  test.skipIf(process.platform !== 'linux')('where nothing can be made there is no store, and that is said at once', () => {
    using place = new Place();
    place.workspace(smallHouse());
    const { status, stderr } = ferrule.run([...BUILD, '--store', '/proc/self/store'], place);
    expect({ status, said: stderr }).toMatchObject({ status: 3, said: expect.stringContaining('error[F0690]: the store cannot be used') });
  });

  test.skipIf(process.platform !== 'linux')('nor a report, and doctor says so as well', () => {
    using place = new Place();
    place.workspace(smallHouse());
    const examined = ferrule.run(['doctor', '--store', '/proc/self/store'], place);
    expect({ status: examined.status, said: examined.stdout }).toMatchObject({
      status: 3,
      said: expect.stringContaining('/proc/self/store cannot be written: ENOENT'),
    });
    const { status, stderr } = ferrule.run(['check', '--only', 'fmt', '--offline', '--junit', '/proc/self/reports/junit.xml'], place);
    expect({ status, said: stderr }).toMatchObject({ status: 3, said: expect.stringContaining('/proc/self/reports') });
  });

  test('directories above a result are made', () => {
    using place = new Place();
    place.workspace(smallHouse());
    expect(ferrule.run([...BUILD, '--output', 'new/place/result'], place)).toMatchObject({ status: 0 });
    expect(existsSync(join(place.directory, 'new/place/result'))).toBe(true);
  });

  test('blanks, quotes and letters beyond ASCII in the paths of repository and store', () => {
    using place = new Place({ repository: "répo sitory's 库", store: 'störe "1" $HOME' });
    place.workspace(smallHouse());
    for (const sandbox of ['on', 'off']) {
      const built = ferrule.run([...BUILD, '--sandbox', sandbox], place);
      expect(built.status, built.stderr).toBe(0);
      expect(place.output('app')).toBe(HOUSE_OUTPUT);
    }
    place.write({ 'app/src/main.rs': 'fn main() {\n    oops\n}\n' });
    const failed = ferrule.run([...BUILD, '--keep-sandbox'], place);
    expect(failed.status).toBe(1);
    const [, script = ''] = /run `(.*)` to run the command again/.exec(failed.stderr) ?? [];
    const again = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('cannot find value `oops`');
  });
});

/** Everything on the search path but `bwrap`. */
function pathWithout(place: Place): string {
  const tools = join(place.root, 'tools');
  mkdirSync(tools, { recursive: true });
  for (const directory of (process.env['PATH'] ?? '').split(':').toReversed()) {
    for (const name of readable(directory)) {
      if (name === 'bwrap') continue;
      rmSync(join(tools, name), { force: true });
      symlinkSync(join(directory, name), join(tools, name));
    }
  }
  return tools;
}

describe('without bubblewrap', () => {
  test('the build goes on without a sandbox and says so once; asked for one, it does not', () => {
    using place = new Place();
    place.workspace(smallHouse());
    const call = { directory: place.directory, store: place.store, variables: { PATH: pathWithout(place) } };
    const built = ferrule.run(BUILD, call);
    expect({ status: built.status, said: place.normalise(built.stderr) }).toMatchInlineSnapshot(`
      {
        "said": "warning[F0505]: building without a sandbox: \`bwrap\` is not installed
      hint: install bubblewrap (Debian: \`apt install bubblewrap\`), or pass \`--sandbox off\` to build without isolation
          Finished 9 units in [TIME] (9 built, 0 reused) → result
      ",
        "status": 0,
      }
    `);
    expect(place.output('app')).toBe(HOUSE_OUTPUT);
    const refused = ferrule.run([...BUILD, '--sandbox', 'on'], call);
    expect({ status: refused.status, said: place.normalise(refused.stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0505]: \`bwrap\` is not installed, and \`--sandbox on\` needs it
      hint: install bubblewrap (Debian: \`apt install bubblewrap\`), or pass \`--sandbox off\` to build without isolation
      ",
        "status": 3,
      }
    `);
    expect(ferrule.run([...BUILD, '--sandbox', 'off'], call).stderr).not.toContain('F0505');
  });
});

describe('where the system forbids sandboxes', () => {
  test('the build goes on without one and says so once; asked for one, it fails with what bubblewrap said', () => {
    using place = new Place();
    place.workspace(smallHouse());
    const tools = join(place.root, 'tools');
    mkdirSync(tools);
    const refusing = "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n";
    writeFileSync(join(tools, 'bwrap'), refusing, { mode: 0o755 });
    const call = { directory: place.directory, store: place.store, variables: { PATH: `${tools}:${process.env['PATH'] ?? ''}` } };
    const built = ferrule.run(BUILD, call);
    expect({ status: built.status, said: place.normalise(built.stderr) }).toMatchInlineSnapshot(`
      {
        "said": "warning[F0509]: building without a sandbox: this system does not let \`bwrap\` make one
        it said  bwrap: No permissions to create a new namespace
      hint: allow unprivileged user namespaces, or pass \`--sandbox off\` to build without isolation and without this warning
          Finished 9 units in [TIME] (9 built, 0 reused) → result
      ",
        "status": 0,
      }
    `);
    expect(place.output('app')).toBe(HOUSE_OUTPUT);
    const refused = ferrule.run([...BUILD, '-j', '1', '--sandbox', 'on'], call);
    expect({ status: refused.status, said: place.normalise(refused.stderr) }).toMatchInlineSnapshot(`
      {
        "said": "error[F0502]: the sandbox could not be set up
      bwrap: No permissions to create a new namespace
      hint: run with \`--sandbox off\` to build without isolation; such results are never shared
      error: 1 unit failed in [TIME] (0 built, 0 reused, 8 not tried)
      ",
        "status": 3,
      }
    `);
  });
});

function firstError(text: string): string {
  return text.split('\n').find((line) => line.startsWith('error')) ?? '';
}

function readable(directory: string): readonly string[] {
  try {
    return readdirSync(realpathSync(directory));
  } catch {
    return [];
  }
}
