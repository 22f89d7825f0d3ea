import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyCommand } from '../../src/cli/commands/why.ts';
import { NO_OPTIONS } from '../../src/cli/options.ts';
import { whySettings } from '../../src/cli/settings.ts';
import { differenceText } from '../../src/explain/difference.ts';
import { type Comparison, explainWhy, type Why, type WhyRequest } from '../../src/explain/why.ts';
import { forecastRun } from '../../src/plan/forecast.ts';
import { type Checkout, type SavedFiles, TemporaryDirectory } from './checkout.ts';
import { makeHouse } from './house.ts';
import { type Command, type Scenario, SCENARIOS } from './rebuild-table.ts';
import {
  type BuildOptions,
  build,
  type Built,
  capturedTerminal,
  complaints,
  plainEnvironment,
  requestOf,
  shortLabel,
  untilRemembered,
} from './rig.ts';

let place: TemporaryDirectory;
let house: Checkout;
let saved: SavedFiles;

function optionsOf({ features = [], profile, variables = {} }: Command = {}): BuildOptions {
  return { directory: house.directory, store: place.join('store'), targets: ['app'], features, profile, variables };
}

async function buildApp(command?: Command): Promise<Built> {
  const built = await build(optionsOf(command));
  expect(built.ok, complaints(built)).toBe(true);
  return built;
}

async function why(
  question: {
    readonly target?: string;
    readonly command?: Command;
    readonly against?: WhyRequest['against'];
    readonly store?: string;
  } = {},
): Promise<Why> {
  const { target = 'app', command, against, store } = question;
  const options = optionsOf(command);
  const found = await explainWhy({
    target,
    against,
    forecastNix: forecastRun,
    build: requestOf(store === undefined ? options : { ...options, store }),
  });
  if (!found.ok) throw new Error(found.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return found.value;
}

function causes(comparison: Comparison | undefined): readonly string[] {
  return comparison?.explanation.causes.map(({ difference }) => differenceText(difference)) ?? [];
}

/** Short labels of the units that ran, or would. */
function running(comparison: Comparison | undefined): readonly string[] {
  const affected = comparison?.explanation.affected ?? [];
  return affected
    .filter(({ effect }) => effect === 'runs')
    .map(({ label }) => shortLabel(label))
    .toSorted();
}

function git(...words: readonly string[]): string {
  return execFileSync('git', words, { cwd: house.directory, encoding: 'utf8' });
}

async function goingBack(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    house.restore(saved);
    await untilRemembered();
    await buildApp();
  }
}

beforeAll(async () => {
  place = new TemporaryDirectory();
  house = makeHouse(place.join('house'));
  saved = house.save();
  await buildApp();
  await untilRemembered();
}, 120_000);

afterAll(() => place[Symbol.dispose]());

describe.each(Object.entries(SCENARIOS))('after a change of %s `why` names it, before the build and after', (_, scenarios) => {
  test.each(scenarios)(
    '$name',
    async ({ change, command = {}, because = [], runs }: Scenario) => {
      await goingBack(async () => {
        change?.(house);
        const before = await why({ command });
        expect(causes(before.now), 'before').toEqual(because);
        await buildApp(command);
        const after = await why({ command });
        expect(after.now.explanation.affected, 'nothing is left to explain').toEqual([]);
        // A build that ran nothing leaves no record.
        if (runs.length === 0) return;
        expect(causes(after.last), 'after').toEqual(because);
        expect(running(after.last)).toEqual(runs.toSorted());
      });
    },
    120_000,
  );
});

test('the chain leads from what changed to the target, and says where it ends early', async () => {
  await goingBack(async () => {
    house.append('base/src/lib.rs', '// Done.\n');
    const [cause] = (await why()).now.explanation.causes;
    expect(cause?.chain).toEqual(['base v0.1.0', 'mid v0.1.0', 'app v0.1.0 (bin "app")']);
    house.restore(saved);
    house.write('base/src/stray.rs', '');
    await buildApp();
    const [ended] = (await why()).last?.explanation.causes ?? [];
    expect(ended).toMatchObject({ chain: ['base v0.1.0'], reachesTarget: false });
  });
}, 120_000);

test('changes of several kinds at once are all named, though one stands on the other', async () => {
  await goingBack(async () => {
    house.append('base/src/lib.rs', '// Done with both.\n');
    house.append('mid/src/lib.rs', '// Done with both.\n');
    const found = await why({ command: { variables: { CHANNEL: 'both' } } });
    expect(causes(found.now)).toEqual(['variable `CHANNEL` set', 'mid/src/lib.rs changed', 'base/src/lib.rs changed']);
    expect(running(found.now)).toEqual(['app bin', 'base', 'mid']);
  });
}, 120_000);

test('a file that was written and is not read, or holds the same, is named as such', async () => {
  await goingBack(async () => {
    house.touch('base/src/lib.rs');
    house.append('README.md', 'More.\n');
    expect((await why()).unread).toEqual([
      { path: 'README.md', because: 'unread' },
      { path: 'base/src/lib.rs', because: 'same' },
    ]);
  });
}, 120_000);

test('a package that is part of a target can be asked about', async () => {
  await goingBack(async () => {
    house.append('base/src/lib.rs', '// Done.\n');
    const found = await why({ target: 'mid' });
    expect(causes(found.now)).toEqual(['base/src/lib.rs changed']);
    expect(found.now.explanation.total).toBe(4);
  });
}, 120_000);

test('a unit that failed and one that was not tried are built again for that reason', async () => {
  await goingBack(async () => {
    house.replace('mid/src/lib.rs', 'base::base()', 'base::nothing()');
    const failed = await build(optionsOf());
    expect(failed.ok).toBe(false);
    const found = await why();
    expect(found.now.before).toMatchObject({ kind: 'run', ok: false });
    expect(causes(found.now)).toContain('it failed in the run before');
  });
}, 120_000);

test('a lost result is told from a change', async () => {
  await goingBack(async () => {
    rmSync(place.join('store/v1/results'), { recursive: true });
    rmSync(place.join('store/v1/notes/run'), { recursive: true });
    const found = await why();
    expect(new Set(causes(found.now))).toEqual(new Set(['its result was no longer in the store']));
  });
}, 120_000);

test('the record of another machine is compared with this checkout, without its store', async () => {
  await goingBack(async () => {
    const path = place.join('run.json');
    await build({ ...optionsOf({ features: ['loud'] }), record: path });
    rmSync(place.join('elsewhere'), { recursive: true, force: true });
    const here = { ...optionsOf(), store: place.join('elsewhere') };
    expect((await build(here)).ok).toBe(true);
    house.append('base/src/inner.rs', '// Done.\n');
    const against = { kind: 'run', written: path, path } as const;
    const found = await why({ against, store: here.store });
    expect(causes(found.now)).toEqual(['base/src/inner.rs changed']);
    const plain = await why({ against: { kind: 'run', written: 'nothing', path: place.join('nothing') }, store: here.store }).catch(String);
    expect(plain).toContain('F1081');
  });
}, 120_000);

test('a record that cannot be written where it was asked for is an error, though all is built', async () => {
  const built = await build({ ...optionsOf(), record: place.join('no/such/run.json') });
  expect(built.ok).toBe(false);
  expect(complaints(built)).toContain('F1084');
  expect(built.report.targets).toHaveLength(1);
}, 120_000);

test('a git revision is compared with the checkout without being built', async () => {
  await goingBack(async () => {
    git('init', '--quiet');
    git('add', '--all');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', 'one');
    try {
      house.append('scripted/data.txt', 'more\n');
      house.append('base/src/lib.rs', '// Done.\n');
      const found = await why({ against: { kind: 'revision', revision: 'HEAD' } });
      expect(found.now.before).toMatchObject({ kind: 'revision', revision: 'HEAD' });
      expect(causes(found.now)).toEqual(['scripted/data.txt changed', 'base/src/lib.rs changed']);
      // Neither side was ever built with this store, nor anything else of the repository.
      const unbuilt = await why({ against: { kind: 'revision', revision: 'HEAD' }, store: place.join('empty') });
      expect(causes(unbuilt.now).toSorted()).toEqual(['base/src/lib.rs changed', 'scripted/data.txt changed']);
      expect(unbuilt.now.assumed).toHaveLength(unbuilt.now.explanation.total);
      expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
      const unknown = await why({ against: { kind: 'revision', revision: 'nowhere' } }).catch(String);
      expect(unknown).toContain('F1083');
    } finally {
      rmSync(house.path('.git'), { recursive: true });
    }
  });
}, 120_000);

test('what is read is the difference first, and the way to the target', async () => {
  await goingBack(async () => {
    house.append('base/src/lib.rs', '// Read.\n');
    const { terminal, said } = capturedTerminal();
    const surroundings = { environment: {}, workingDirectory: house.directory };
    const settings = whySettings({ ...NO_OPTIONS, offline: true, store: place.join('store') }, 'app', surroundings);
    const signal = new AbortController().signal;
    const command = { target: 'app', settings, forecastNix: forecastRun, terminal, environment: plainEnvironment(), signal, now: Date.now };
    expect(await whyCommand(command)).toBe(0);
    expect(said().replace(/run [0-9a-f]{12}, [^,]*/, 'run RUN, AGE')).toMatchInlineSnapshot(`
      "app: since run RUN, AGE, of 14 units 1 must run, 2 may, if what they are built from comes out different

        base/src/lib.rs changed → base v0.1.0 → mid v0.1.0 → app v0.1.0 (bin "app")
      "
    `);
    expect(await whyCommand({ ...command, settings: { ...settings, against: 'a', revision: 'b' } })).toBe(2);
  });
}, 120_000);

test('a target that was never built has nothing to compare with', async () => {
  expect(await why({ target: 'lone' }).catch(String)).toContain('F1080');
});
