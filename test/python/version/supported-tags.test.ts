import { spawnSync } from 'node:child_process';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { PythonPlatform } from '../../../src/python/interpreter.ts';
import { supportedTags, type SupportedTags } from '../../../src/python/version/supported-tags.ts';
import { compareBuildTags, parseWheelFilename, type WheelFilename } from '../../../src/python/wheel-filename.ts';
import { temporaryStore } from '../../source/source-rig.ts';
import { installedAt, pythonsHere } from '../interpreters/installed-pythons.ts';
import { oracleTools } from '../oracle.ts';
import { glibc, interpreterOf, macos, musl } from './interpreters.ts';
import { chosenByUv } from './uv-choices.ts';
import { SEED } from './version-texts.ts';

const tools = oracleTools();

test('every interpreter here can use what packaging says, run by itself', async () => {
  const store = temporaryStore();
  // packaging itself runs from 3.9 on.
  const interpreters = (await Promise.all(pythonsHere().map((program) => installedAt(program, store)))).filter(
    ({ interpreter }) => interpreter.version.minor >= 9,
  );
  expect(interpreters.length).toBeGreaterThan(0);
  for (const { executable, interpreter } of interpreters) {
    const script = `import glob, json, sys\nsys.path[:0] = glob.glob(${JSON.stringify(`${tools.directory}/lib/python3*/site-packages`)})\nfrom packaging import tags\njson.dump([str(tag) for tag in tags.sys_tags()], sys.stdout)`;
    const { stdout } = spawnSync(executable, ['-I', '-c', script], { encoding: 'utf8' });
    const theirs: unknown = JSON.parse(stdout);
    if (!Array.isArray(theirs)) throw new Error('packaging answered something else');
    expect(withoutBareLinux(supportedTags(interpreter).tags)).toEqual(withoutBareLinux(theirs.map(String)));
    expect(supportedTags(interpreter).tags.toSorted()).toEqual(theirs.map(String).toSorted());
  }
}, 30_000);

/** packaging prefers `linux_x86_64` to every manylinux; uv, whose choice a lock is made with, does not. */
function withoutBareLinux(tags: readonly string[]): readonly string[] {
  return tags.filter((tag) => !tag.includes('-linux_'));
}

const PLATFORMS: readonly (readonly [name: string, platform: PythonPlatform])[] = [
  ['x86_64-manylinux2014', glibc('x86_64', 17)],
  ['x86_64-manylinux_2_31', glibc('x86_64', 31)],
  ['x86_64-manylinux_2_40', glibc('x86_64', 40)],
  ['aarch64-manylinux_2_28', glibc('aarch64', 28)],
  ['x86_64-unknown-linux-musl', musl('x86_64', 2)],
  ['aarch64-unknown-linux-musl', musl('aarch64', 2)],
  ['aarch64-apple-darwin', macos('arm64', 14)],
  ['x86_64-apple-darwin', macos('x86_64', 14)],
];

test.each(PLATFORMS)(
  'among wheels for %s, what uv would take is taken',
  (name, platform) => {
    for (const minor of [9, 13]) {
      const tags = supportedTags(interpreterOf({ minor, platform }));
      const offers = fc.sample(fc.array(wheelTags(minor, tags), { minLength: 1, maxLength: 4 }), { numRuns: 150, seed: SEED + minor });
      const ours = offers.map(
        (wheels, index) =>
          best(
            tags,
            wheels.map((tag) => `p${index}-1.0-${tag}.whl`),
          ) ?? `p${index}-0.1-py3-none-any.whl`,
      );
      expect(ours.filter((wheel) => wheel.includes('-1.0-')).length).toBeGreaterThan(30);
      // Beside an older version that always fits.
      const uv = chosenByUv({
        offers: offers.map((wheels, index) => ({ name: `p${index}`, wheels: ['0.1-py3-none-any', ...wheels.map((tag) => `1.0-${tag}`)] })),
        wanted: offers.map((_, index) => `p${index}`),
        platform: name,
        minor,
      });
      expect(offers.map((_, index) => uv.get(`p${index}`))).toEqual(ours);
    }
  },
  60_000,
);

/** Tags that the interpreter has, that others have, and compressed sets of them. */
function wheelTags(minor: number, tags: SupportedTags): fc.Arbitrary<string> {
  const python = fc.constantFrom(
    'py3',
    'py2.py3',
    `cp3${minor}`,
    `py3${minor}`,
    'cp37',
    'cp38',
    `cp3${minor - 1}`,
    `cp3${minor + 1}`,
    'py38',
    'cp36',
    'pp39',
    'py2',
  );
  const abi = fc.constantFrom('none', 'abi3', `cp3${minor}`, `cp3${minor - 1}`, `cp3${minor}t`, 'abi3.none');
  const own = [...new Set(tags.tags.map((tag) => tag.slice(tag.lastIndexOf('-') + 1)))];
  const foreign = [
    'win_amd64',
    'linux_x86_64',
    'linux_aarch64',
    'manylinux1_x86_64',
    'manylinux_2_12_x86_64.manylinux2010_x86_64',
    'manylinux_2_35_x86_64',
    'musllinux_1_1_x86_64',
    'macosx_10_9_universal2',
    'macosx_11_0_arm64',
    'macosx_10_9_x86_64.macosx_11_0_arm64',
    'macosx_15_0_x86_64',
  ];
  const platform = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...own) },
    fc.constantFrom(...foreign),
    fc.tuple(fc.constantFrom(...own), fc.constantFrom(...own)).map(([a, b]) => (a === b ? a : `${a}.${b}`)),
  );
  const build = fc.constantFrom('', '', '', '', '1-', '2-', '2a-', '10-');
  return fc.tuple(build, python, abi, platform).map(([number, ...parts]) => number + parts.join('-'));
}

/** As the choice of a wheel is made: by tags, then by build tag, then who comes first. */
function best(tags: SupportedTags, filenames: readonly string[]): string | undefined {
  let taken: { readonly wheel: WheelFilename; readonly priority: number } | undefined;
  // uv reads a directory in the order of names.
  for (const filename of filenames.toSorted()) {
    const wheel = parseWheelFilename(filename);
    const priority = wheel === undefined ? undefined : tags.priority(wheel);
    if (wheel === undefined || priority === undefined) continue;
    const order = taken === undefined ? 1 : priority - taken.priority || compareBuildTags(wheel.build, taken.wheel.build);
    if (order > 0) taken = { wheel, priority };
  }
  return taken?.wheel.text;
}

function rows(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.map((tag) => (tag.endsWith('-any') ? tag : tag.slice(0, tag.lastIndexOf('-')))))];
}

test('without a global lock there is no abi3, but abi3t', () => {
  const { tags } = supportedTags(interpreterOf({ minor: 14, platform: glibc('x86_64', 39), freeThreaded: true }));
  expect(tags[0]).toBe('cp314-cp314t-manylinux_2_39_x86_64');
  expect(rows(tags).slice(0, 4)).toEqual(['cp314-cp314t', 'cp314-abi3t', 'cp314-none', 'cp313-abi3t']);
  expect(tags.some((tag) => tag.includes('-abi3-'))).toBe(false);
});

test('a debug build loads modules of both kinds, its own first', () => {
  const { tags } = supportedTags(interpreterOf({ minor: 12, platform: glibc('x86_64', 17), debug: true }));
  expect(rows(tags).slice(0, 3)).toEqual(['cp312-cp312d', 'cp312-cp312', 'cp312-abi3']);
});

test('PyPy and GraalPy have their own tags, and what is pure', () => {
  const pypy = supportedTags(
    interpreterOf({ minor: 10, platform: glibc('x86_64', 17), implementation: 'pypy', implementationVersion: '7.3.15' }),
  );
  expect(rows(pypy.tags).slice(0, 3)).toEqual(['pp310-pypy310_pp73', 'py310-none', 'py3-none']);
  const graalpy = supportedTags(
    interpreterOf({ minor: 10, platform: glibc('x86_64', 17), implementation: 'graalpy', implementationVersion: '24.0.1' }),
  );
  expect(graalpy.tags[0]).toBe('graalpy310-graalpy240_310_native-manylinux_2_17_x86_64');
});

test('the names before PEP 600 stand behind what they mean, down to what a machine ever had', () => {
  expect(platformsOf(glibc('x86_64', 17))).toMatchInlineSnapshot(`
    [
      "manylinux_2_17_x86_64",
      "manylinux2014_x86_64",
      "manylinux_2_16_x86_64",
      "manylinux_2_15_x86_64",
      "manylinux_2_14_x86_64",
      "manylinux_2_13_x86_64",
      "manylinux_2_12_x86_64",
      "manylinux2010_x86_64",
      "manylinux_2_11_x86_64",
      "manylinux_2_10_x86_64",
      "manylinux_2_9_x86_64",
      "manylinux_2_8_x86_64",
      "manylinux_2_7_x86_64",
      "manylinux_2_6_x86_64",
      "manylinux_2_5_x86_64",
      "manylinux1_x86_64",
      "linux_x86_64",
    ]
  `);
  expect(platformsOf(glibc('aarch64', 18))).toEqual([
    'manylinux_2_18_aarch64',
    'manylinux_2_17_aarch64',
    'manylinux2014_aarch64',
    'linux_aarch64',
  ]);
  expect(platformsOf(glibc('riscv64', 31))).toEqual(['manylinux_2_31_riscv64', 'linux_riscv64']);
  expect(platformsOf(glibc('x86_64', 5), 32)).toEqual(['manylinux_2_5_i686', 'manylinux1_i686', 'linux_i686']);
  expect(platformsOf(musl('x86_64', 2))).toEqual(['musllinux_1_2_x86_64', 'musllinux_1_1_x86_64', 'musllinux_1_0_x86_64', 'linux_x86_64']);
  expect(platformsOf(macos('arm64', 12)).slice(0, 6)).toEqual([
    'macosx_12_0_arm64',
    'macosx_12_0_universal2',
    'macosx_11_0_arm64',
    'macosx_11_0_universal2',
    'macosx_10_16_universal2',
    'macosx_10_15_universal2',
  ]);
  expect(platformsOf(macos('x86_64', 10, 12)).slice(0, 7)).toEqual([
    'macosx_10_12_x86_64',
    'macosx_10_12_intel',
    'macosx_10_12_fat64',
    'macosx_10_12_fat32',
    'macosx_10_12_universal2',
    'macosx_10_12_universal',
    'macosx_10_11_x86_64',
  ]);
});

test('the priority of a tag is its place in the list', () => {
  const tags = supportedTags(interpreterOf({ minor: 12, platform: glibc('x86_64', 36) }));
  const priorities = tags.tags.map((tag) => {
    const [python = '', abi = '', platform = ''] = tag.split('-');
    return tags.priority({ pythons: [python], abis: [abi], platforms: [platform] });
  });
  expect(priorities).toEqual(tags.tags.map((_, index) => tags.tags.length - index));
});

function platformsOf(platform: PythonPlatform, pointerWidth: 32 | 64 = 64): readonly string[] {
  const own = 'cp312-cp312-';
  const { tags } = supportedTags(interpreterOf({ minor: 12, platform, pointerWidth }));
  return tags.filter((tag) => tag.startsWith(own)).map((tag) => tag.slice(own.length));
}
