import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import type { NativeReport } from '../../../src/python/environment/native-libraries.ts';
import type { NativeObject } from '../../../src/python/wheel.ts';
import { storeRig, temporaryDirectory } from '../../store/rig.ts';
import { composed, type MadeDistribution, NO_POLICY, planned, testInterpreter, wheelPart } from './rig.ts';

const { version, platform } = testInterpreter().interpreter;
const SITE = `lib/python${version.major}.${version.minor}/site-packages`;

describe('a library that another distribution brings', () => {
  test('is loaded by a relative search path, as pip would have it', () => {
    const rig = storeRig();
    const parts = crossingPair().map((made) => wheelPart(rig.store, made));
    const { plan, warnings } = planned({ store: rig.store, parts });
    expect(warnings).toEqual([]);
    expect([...(plan.native?.reachingOut ?? [])]).toEqual([`${SITE}/reader/deep/user.so`]);
    const { directory } = composed({ store: rig.store, parts });
    expect(answerOf(join(directory, SITE, 'reader/deep/user.so'))).toBe('42');
    expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
  });

  test('would not be found through a link to the whole package', () => {
    const rig = storeRig();
    const parts = crossingPair({ isKnown: false }).map((made) => wheelPart(rig.store, made));
    const { directory } = composed({ store: rig.store, parts });
    expect(lstatSync(join(directory, SITE, 'reader')).isSymbolicLink()).toBe(true);
    expect(answerOf(join(directory, SITE, 'reader/deep/user.so'))).toContain('cannot open shared object file');
  });

  test('makes only the directories on the way real', () => {
    const rig = storeRig();
    const { directory } = composed({ store: rig.store, parts: crossingPair().map((made) => wheelPart(rig.store, made)) });
    const isLink = (path: string): boolean => lstatSync(join(directory, SITE, path)).isSymbolicLink();
    expect([isLink('reader'), isLink('reader/deep'), isLink('reader/other'), isLink('owner')]).toEqual([false, false, true, true]);
  });
});

describe('needed libraries', () => {
  test('of the same wheel, beside it or along the search path, are there', () => {
    const report = reportOf(
      { path: 'site/p/x.so', needed: ['libown-1.so', 'libbeside.so'], runpath: ['$ORIGIN/../p.libs', '${ORIGIN}'] },
      { path: 'site/p.libs/libown-1.so', soname: 'libown-1.so' },
      { path: 'site/p/libbeside.so' },
    );
    expect(report).toMatchObject({ resolved: 2, missing: [], preloadExpected: [] });
  });

  test('that only something loaded earlier brings in are told apart from missing ones', () => {
    const report = reportOf({ path: 'site/p/x.so', needed: ['libtorch.so', 'libnone.so'] }, { path: 'site/torch/lib/libtorch.so' });
    expect(report.preloadExpected).toMatchObject([{ library: 'libtorch.so', objects: [`${SITE}/p/x.so`] }]);
    expect(report.missing).toMatchObject([{ library: 'libnone.so' }]);
  });

  test('of the platform have to be on the machine', () => {
    const object = { path: 'site/p/x.so', needed: ['libstdc++.so.6', 'ld-linux-x86-64.so.2'] };
    expect(reportOf(object)).toMatchObject({ resolved: 1, missing: [] });
    expect(reportOf(object, { empty: true })).toMatchObject({ resolved: 0, missing: [{ library: 'libstdc++.so.6' }] });
  });

  test('of objects for other machines are not looked for', () => {
    expect(reportOf({ path: 'site/p/x.so', needed: ['libnone.so'], machine: 'sparc' })).toMatchObject({ missing: [] });
  });

  test('that nothing provides are reported together, with what to install or to declare', () => {
    const rig = storeRig();
    const parts = [
      wheelPart(rig.store, {
        name: 'opencv-python',
        files: { 'site/cv2/cv2.abi3.so': 'elf' },
        facts: { nativeObjects: [native({ path: 'site/cv2/cv2.abi3.so', needed: ['libGL.so.1', 'libgthread-2.0.so.0'] })] },
      }),
      wheelPart(rig.store, {
        name: 'nvidia-cuda',
        files: { 'site/nvidia/a.so': '', 'site/nvidia/b.so': '' },
        facts: { nativeObjects: ['a', 'b'].map((name) => native({ path: `site/nvidia/${name}.so`, needed: ['libcuda.so.1'] })) },
      }),
    ];
    const nothing = temporaryDirectory();
    const { warnings } = planned({ store: rig.store, parts, libraryDirectories: [nothing] });
    expect(printDiagnostics(warnings, { colour: false })).toMatchInlineSnapshot(`
      "warning[F0965]: 3 native libraries that distributions need are neither in the environment nor on this machine
        libGL.so.1           opencv-python (cv2.abi3.so)
        libcuda.so.1         nvidia-cuda (a.so and 1 more)
        libgthread-2.0.so.0  opencv-python (cv2.abi3.so)
        resolved             0
      hint: Debian: apt install libgl1 libglib2.0-0
      hint: \`libcuda.so.1\` comes with the graphics driver
      hint: if the program finds them where it runs, put into \`ferrule.toml\`: \`[[override]]\`, \`distribution = "opencv-python"\`, \`libraries = ["libGL.so.1", "libgthread-2.0.so.0"]\`
      hint: if the program finds it where it runs, put into \`ferrule.toml\`: \`[[override]]\`, \`distribution = "nvidia-cuda"\`, \`libraries = ["libcuda.so.1"]\`
      "
    `);
    const policy = { ...NO_POLICY, libraries: ['libcuda.so.1', 'libGL.so.1', 'libgthread-2.0.so.0'] };
    expect(planned({ store: rig.store, parts, policy, libraryDirectories: [nothing] }).warnings).toEqual([]);
  });
});

type Described = Partial<NativeObject> & { readonly path: string };

function native(described: Described): NativeObject {
  return { soname: undefined, needed: [], runpath: [], symbolVersions: {}, machine: platform.arch, ...described };
}

/** What is found of objects that all are of one wheel; `empty`: on a machine without libraries. */
function reportOf(...described: readonly (Described | { readonly empty: true })[]): NativeReport {
  const rig = storeRig();
  const nativeObjects = described.flatMap((one) => ('empty' in one ? [] : [native(one)]));
  const files = Object.fromEntries(nativeObjects.map(({ path }) => [path, path]));
  const parts = [wheelPart(rig.store, { name: 'p', files, facts: { nativeObjects } })];
  const isEmpty = described.some((one) => 'empty' in one);
  const { native: report } = planned({ store: rig.store, parts, ...(isEmpty ? { libraryDirectories: [temporaryDirectory()] } : {}) }).plan;
  if (report === undefined) throw new Error('the environment was composed before');
  return report;
}

/** Two wheels with real libraries: `reader` finds that of `owner` by `$ORIGIN/../../owner`. */
function crossingPair({ isKnown = true }: { readonly isKnown?: boolean } = {}): readonly MadeDistribution[] {
  const directory = temporaryDirectory();
  const file = (name: string): string => join(directory, name);
  writeFileSync(file('owner.c'), 'int answer(void) { return 42; }\n');
  writeFileSync(file('user.c'), 'int answer(void);\nint ask(void) { return answer(); }\n');
  execFileSync('gcc', ['-shared', '-fPIC', '-Wl,-soname,libowner.so', '-o', file('libowner.so'), file('owner.c')]);
  const search = '-Wl,-rpath,$ORIGIN/../../owner';
  execFileSync('gcc', ['-shared', '-fPIC', search, '-o', file('user.so'), file('user.c'), `-L${directory}`, '-lowner']);
  const user = native({ path: 'site/reader/deep/user.so', needed: ['libowner.so', 'libc.so.6'], runpath: ['$ORIGIN/../../owner'] });
  const owner = native({ path: 'site/owner/libowner.so', soname: 'libowner.so', needed: ['libc.so.6'] });
  return [
    {
      name: 'reader',
      files: { 'site/reader/__init__.py': '', 'site/reader/deep/user.so!': readFileSync(file('user.so')), 'site/reader/other/x.py': '' },
      facts: { nativeObjects: isKnown ? [user] : [] },
    },
    { name: 'owner', files: { 'site/owner/libowner.so!': readFileSync(file('libowner.so')) }, facts: { nativeObjects: [owner] } },
  ].map((made) => ({ ...made, name: normalizeName(made.name) }));
}

/** What Python gets by loading the library and asking it. */
function answerOf(library: string): string {
  const program = `import ctypes\nprint(ctypes.CDLL(${JSON.stringify(library)}).ask())`;
  const { stdout, stderr } = spawnSync(testInterpreter().executable, ['-c', program], { encoding: 'utf8' });
  return stdout.trim() + stderr;
}
