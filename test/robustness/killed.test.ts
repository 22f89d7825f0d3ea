import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { ended, Program } from './program.ts';
import { HOUSE_OUTPUT, Place, smallHouse } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', 'app', '--profile', 'dev', '--offline'];

/** A pseudo-random sequence that is the same in every run. */
function* moments(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Processes that the kernel has not ended yet are given a moment. */
async function leftOver(place: Place): Promise<readonly string[]> {
  for (let tries = 0; tries < 40 && place.processes().length > 0; tries += 1) await pause(25);
  return place.processes();
}

/** Settles when the program has said that it started its `count`th action, or has ended. */
async function untilStarted(child: ChildProcess, count: number): Promise<void> {
  await new Promise<void>((resolve) => {
    let text = '';
    child.stderr?.on('data', (data: Buffer) => {
      text += data.toString();
      if ((text.match(/ (?:Compiling|Running) /g) ?? []).length >= count) resolve();
    });
    child.on('close', () => resolve());
  });
}

test('killed at any moment, nothing half done stays and the next build is right', async () => {
  using place = new Place();
  place.workspace(smallHouse());
  const moment = moments(42);
  let kills = 0;
  for (let round = 0; round < 20; round += 1) {
    // Each round has something to do: a comment changes a source, and so its unit and all behind it.
    place.write({ 'fourth/src/lib.rs': `// ${round}\npub fn fourth() -> u32 {\n    1\n}\n` });
    const child = ferrule.start(BUILD, place);
    const end = ended(child);
    if (round % 3 === 0) await pause(moment.next().value * 400);
    else {
      await untilStarted(child, 1 + Math.floor(moment.next().value * 5));
      await pause(moment.next().value * 150);
    }
    child.kill('SIGKILL');
    if ((await end).signal === 'SIGKILL') kills += 1;
    expect(await leftOver(place)).toEqual([]);
  }
  expect(kills).toBeGreaterThanOrEqual(15);
  expect(ferrule.run(['store', 'verify'], place)).toMatchObject({ status: 0 });
  expect(place.unfinished()).toEqual([]);
  const last = ferrule.run(BUILD, place);
  expect(last, last.stderr).toMatchObject({ status: 0 });
  expect(place.output('app')).toBe(HOUSE_OUTPUT);
  expect(ferrule.run(['store', 'verify'], place)).toMatchObject({ status: 0 });
});

const SLEEPER = {
  app: { needs: ['sleeper'], files: { 'src/main.rs': 'fn main() {}\n' } },
  sleeper: {
    files: {
      'build.rs': 'fn main() {\n    std::process::Command::new("sleep").arg("600").status().unwrap();\n}\n',
      'src/lib.rs': '',
    },
  },
};

test.for(['on', 'off'] as const)(
  'Ctrl-C stops at once with status 130 and leaves nothing (sandbox %s)',
  { timeout: 60_000 },
  async (sandbox) => {
    using place = new Place();
    place.workspace(SLEEPER);
    const child = ferrule.start([...BUILD, '--sandbox', sandbox], place);
    const end = ended(child);
    await untilStarted(child, 2);
    await pause(200);
    child.kill('SIGINT');
    const { status, stderr } = await end;
    expect(status).toBe(130);
    expect(place.normalise(stderr)).toMatchInlineSnapshot(`
      "     Stopped after [TIME] (1 built, 0 reused, 2 not tried)
      "
    `);
    expect(await leftOver(place)).toEqual([]);
    expect(place.unfinished()).toEqual([]);
  },
);

test('Ctrl-C while cargo is asked stops cargo as well', async () => {
  using place = new Place();
  place.workspace(SLEEPER);
  const sysroot = spawnSync('rustc', ['--print=sysroot'], { cwd: place.directory, encoding: 'utf8' }).stdout.trim();
  const tools = join(place.root, 'toolchain/bin');
  mkdirSync(tools, { recursive: true });
  symlinkSync(join(sysroot, 'lib'), join(place.root, 'toolchain/lib'));
  const program = (name: string, text: string): void => writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('rustc', `[ "$*" = --print=sysroot ] && exec echo ${join(place.root, 'toolchain')}\nexec ${sysroot}/bin/rustc "$@"`);
  program('cargo', `[ "$1" = -vV ] || [ "$1" = --version ] && exec ${sysroot}/bin/cargo "$@"\ntouch ${place.root}/asked\nexec sleep 600`);
  const child = ferrule.start(BUILD, {
    directory: place.directory,
    store: place.store,
    variables: { PATH: `${tools}:${process.env['PATH'] ?? ''}` },
  });
  const end = ended(child);
  while (!existsSync(join(place.root, 'asked')) && child.exitCode === null) await pause(20);
  child.kill('SIGINT');
  const { status, stderr } = await end;
  expect({ status, stderr: place.normalise(stderr) }).toEqual({ status: 130, stderr: '     Stopped after [TIME] (0 built, 0 reused)\n' });
  expect(await leftOver(place)).toEqual([]);
  expect(place.unfinished()).toEqual([]);
});
