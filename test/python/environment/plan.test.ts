import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { writeEnvironment } from '../../../src/python/environment/write-environment.ts';
import { openStore } from '../../../src/store/directory-store.ts';
import { removeTree } from '../../../src/store/removal.ts';
import { type StoreRig, storeRig } from '../../store/rig.ts';
import { composed, type MadeDistribution, NO_POLICY, planned, refusal, testInterpreter, wheelPart } from './rig.ts';

const { major, minor } = testInterpreter().interpreter.version;
const SITE = `lib/python${major}.${minor}/site-packages`;

describe('composition', () => {
  test('links to a package of one owner as a whole', () => {
    const { directory } = compose({ name: 'alpha', files: { 'site/alpha/__init__.py': '', 'site/alpha/deep/x.py': 'x' } });
    expect(lstatSync(join(directory, SITE, 'alpha')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(directory, SITE, 'alpha/deep/x.py'), 'utf8')).toBe('x');
  });

  test('makes real directories only where distributions meet', () => {
    const { directory } = compose(
      { name: 'a', files: { 'site/ns/deep/a/__init__.py': '', 'site/ns/only_a/x.py': '' } },
      { name: 'b', files: { 'site/ns/deep/b/__init__.py': '' } },
    );
    const kinds = ['ns', 'ns/deep', 'ns/only_a', 'ns/deep/a', 'ns/deep/b'].map((path) =>
      lstatSync(join(directory, SITE, path)).isSymbolicLink(),
    );
    expect(kinds).toEqual([false, false, true, true, true]);
  });

  test('merges a regular package that spans distributions when its shared files agree', () => {
    const { directory } = compose(
      { name: 'a', files: { 'site/pkg/__init__.py': 'same', 'site/pkg/a.py': 'a' } },
      { name: 'b', files: { 'site/pkg/__init__.py': 'same', 'site/pkg/b.py': 'b' } },
    );
    expect(readdirSync(join(directory, SITE, 'pkg')).toSorted()).toEqual(['__init__.py', 'a.py', 'b.py']);
  });

  test('links once to a directory that several distributions bring alike', () => {
    const { directory } = compose(
      { name: 'a', files: { 'site/pkg/data/x': 'x', 'site/pkg/a.py': '' } },
      { name: 'b', files: { 'site/pkg/data/x': 'x', 'site/pkg/b.py': '' } },
    );
    expect(lstatSync(join(directory, SITE, 'pkg/data')).isSymbolicLink()).toBe(true);
  });

  test('puts data at the top, headers below include, and lib64 into lib', () => {
    const { directory } = compose({
      name: 'jupyter-like',
      files: {
        'data/share/jupyter/kernel.json': '{}',
        'data/etc/x.conf': '',
        'data/lib64/libx.so': 'elf',
        'headers/x.h': '',
        'data/bin/tool': '',
      },
    });
    expect(readFileSync(join(directory, 'share/jupyter/kernel.json'), 'utf8')).toBe('{}');
    expect(existsSync(join(directory, 'etc/x.conf'))).toBe(true);
    expect(readFileSync(join(directory, 'lib/libx.so'), 'utf8')).toBe('elf');
    expect(readFileSync(join(directory, 'lib64/libx.so'), 'utf8')).toBe('elf');
    expect(existsSync(join(directory, `include/site/python${major}.${minor}/jupyter-like/x.h`))).toBe(true);
    expect(existsSync(join(directory, 'bin/tool'))).toBe(true);
  });

  test('says who installed, and where from what did not come from an index', () => {
    const { directory } = compose(
      { name: 'indexed', files: {} },
      { name: 'direct', files: {}, directUrl: '{"url": "https://example.invalid/direct.whl", "archive_info": {}}' },
    );
    const read = (path: string): string => readFileSync(join(directory, SITE, path), 'utf8');
    expect([read('indexed-1.0.dist-info/INSTALLER'), read('direct-1.0.dist-info/INSTALLER')]).toEqual(['ferrule\n', 'ferrule\n']);
    expect(read('direct-1.0.dist-info/direct_url.json')).toContain('example.invalid');
    expect(existsSync(join(directory, SITE, 'indexed-1.0.dist-info/direct_url.json'))).toBe(false);
    expect(lstatSync(join(directory, SITE, 'indexed-1.0.dist-info')).isDirectory()).toBe(true);
  });

  test('is what all distributions bring together, whatever they bring', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join('/')}.py`);
    const distribution = fc.array(path, { maxLength: 8 });
    const rig = storeRig();
    fc.assert(
      fc.property(fc.array(distribution, { minLength: 1, maxLength: 4 }), (distributions) => {
        const parts = distributions.map((paths, index) =>
          wheelPart(rig.store, { name: `part${index}`, files: Object.fromEntries(paths.map((each) => [`site/${each}`, each])) }),
        );
        const { directory } = composed({ store: rig.store, parts });
        const expected = [...new Set(distributions.flat())].toSorted();
        expect(filesBelow(join(directory, SITE)).filter((each) => each.endsWith('.py'))).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe('names of environments', () => {
  const FILES: readonly MadeDistribution[] = [
    { name: 'a', files: { 'site/ns/a.py': 'a', 'scripts/tool!': '#!python\nprint()\n' } },
    {
      name: 'b',
      files: { 'site/ns/b.py': 'b' },
      facts: { entryPoints: { console: [{ name: 'b', module: 'b', attribute: 'main' }], gui: [] } },
    },
    { name: 'c', files: { 'site/c/__init__.py': '' }, directUrl: '{"url": "file:///somewhere/c", "dir_info": {}}' },
  ];

  test('do not depend on the order of the parts, the place of the store or that of the interpreter', () => {
    const [one, other] = [storeRig(), storeRig()];
    const first = composed({ store: one.store, parts: FILES.map((made) => wheelPart(one.store, made)) });
    const elsewhere = { ...testInterpreter(), executable: '/opt/python/bin/python3', prefix: '/opt/python' };
    const again = composed({ store: one.store, parts: FILES.toReversed().map((made) => wheelPart(one.store, made)) });
    const moved = composed({ store: other.store, parts: FILES.map((made) => wheelPart(other.store, made)), interpreter: elsewhere });
    expect(again).toEqual(first);
    expect(moved.digest).toEqual(first.digest);
    expect(moved.key).not.toEqual(first.key);
  });

  test('do not depend on whether a directory could be linked to', () => {
    const rig = storeRig();
    const parts = FILES.map((made) => wheelPart(rig.store, made));
    const removals = [{ distribution: undefined, paths: 'nothing/**' }];
    expect(composed({ store: rig.store, parts, policy: { ...NO_POLICY, removals } }).digest).toEqual(
      composed({ store: rig.store, parts }).digest,
    );
  });

  test('depend on every byte of every distribution', () => {
    const rig = storeRig();
    const digests = ['x', 'y'].map(
      (content) =>
        composed({ store: rig.store, parts: [wheelPart(rig.store, { name: 'a', files: { 'site/a.py': content } })] }).digest.hash,
    );
    expect(new Set(digests).size).toBe(2);
  });

  test('verification finds nothing wrong in what was composed, and something when a link is turned', () => {
    const rig = storeRig();
    composed({ store: rig.store, parts: FILES.map((made) => wheelPart(rig.store, made)) });
    expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
  });
});

describe('collisions', () => {
  test('of different content are an error that names both owners and the line that settles it', () => {
    expect(
      refused(
        {
          name: 'pygame',
          version: '2.6.0',
          files: { 'site/pygame/__init__.py': 'old', 'site/pygame/base.py': 'old', 'site/pygame/same.py': '' },
        },
        {
          name: 'pygame-ce',
          version: '2.5.1',
          files: { 'site/pygame/__init__.py': 'new!', 'site/pygame/base.py': 'new', 'site/pygame/same.py': '' },
        },
      ),
    ).toMatchInlineSnapshot(`
      "error[F0960]: \`pygame\` and \`pygame-ce\` bring different content for 2 paths
        pygame                            2.6.0
        pygame-ce                         2.5.1
        site-packages/pygame/__init__.py  pygame: 3 bytes, sha256 cba06b5736fa, pygame-ce: 4 bytes, sha256 bdd1e524e5c9
        site-packages/pygame/base.py      pygame: 3 bytes, sha256 cba06b5736fa, pygame-ce: 3 bytes, sha256 11507a0e2f5e
      hint: if only one of them is needed, leave the other out of the dependencies
      hint: to let one of them win, put into \`ferrule.toml\`: \`[[collision]]\`, \`paths = "site-packages/pygame/**"\`, \`take = "pygame"\`
      "
    `);
  });

  test('of one file name that file', () => {
    expect(refused({ name: 'a', files: { 'site/x.py': '1' } }, { name: 'b', files: { 'site/x.py': '2' } })).toContain(
      '"site-packages/x.py"',
    );
  });

  test('are settled by the policy, for one side or the other', () => {
    const made: readonly MadeDistribution[] = [
      { name: 'a', files: { 'site/x/y.py': 'of a' } },
      { name: 'b', files: { 'site/x/y.py': 'of b' } },
    ];
    const taken = (take: string): string => {
      const rig = storeRig();
      const collisions = [{ paths: 'site-packages/x/**', take: take === 'first' ? ('first' as const) : normalizeName(take) }];
      const { directory } = composed({
        store: rig.store,
        parts: made.map((one) => wheelPart(rig.store, one)),
        policy: { ...NO_POLICY, collisions },
      });
      return readFileSync(join(directory, SITE, 'x/y.py'), 'utf8');
    };
    expect([taken('b'), taken('a'), taken('first')]).toEqual(['of b', 'of a', 'of a']);
  });

  test('of stray files at the top are a warning, and the first distribution wins', () => {
    const rig = storeRig();
    const parts = ['a', 'b'].map((name) => wheelPart(rig.store, { name, files: { 'site/LICENSE': name, 'site/tests/conftest.py': name } }));
    const { warnings } = planned({ store: rig.store, parts });
    expect(print(warnings)).toMatchInlineSnapshot(`
      "warning[F0961]: 2 paths: several distributions bring it, and the first one has its way
        site-packages/tests/conftest.py  a and b
        site-packages/LICENSE            a and b
      hint: nothing imports it
      hint: to agree, put into \`ferrule.toml\`: \`[[collision]]\`, \`paths = "site-packages/tests/conftest.py"\`, \`take = "first"\`
      hint: to agree, put into \`ferrule.toml\`: \`[[collision]]\`, \`paths = "site-packages/LICENSE"\`, \`take = "first"\`
      "
    `);
    expect(readFileSync(join(composed({ store: rig.store, parts }).directory, SITE, 'tests/conftest.py'), 'utf8')).toBe('a');
  });

  test('of byte code are none', () => {
    compose(
      { name: 'a', files: { 'site/p/__pycache__/x.cpython-311.pyc': '1', 'site/p/a.py': '' } },
      { name: 'b', files: { 'site/p/__pycache__/x.cpython-311.pyc': '2', 'site/p/b.py': '' } },
    );
  });

  test('of `__init__.py` files that say nothing, or declare a namespace in other words, are none', () => {
    compose(
      {
        name: 'a',
        files: {
          'site/empty/__init__.py': '# (c) a\n',
          'site/old/__init__.py': "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
        },
      },
      {
        name: 'b',
        files: {
          'site/empty/__init__.py': '',
          'site/old/__init__.py': '# b\n__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n',
        },
      },
    );
    expect(
      refused({ name: 'a', files: { 'site/p/__init__.py': '' } }, { name: 'b', files: { 'site/p/__init__.py': 'import os' } }),
    ).toContain('F0960');
  });

  test('of a file and a directory are an error', () => {
    expect(refused({ name: 'a', files: { 'site/x': 'file' } }, { name: 'b', files: { 'site/x/y.py': '' } })).toContain('F0960');
    expect(refused({ name: 'a', files: { 'site/x.py': 'file' } }, { name: 'b', files: { 'site/x.py/y': '' } })).toContain('directory of 1');
  });

  test('with the environment itself are an error', () => {
    expect(refused({ name: 'a', files: { 'data/pyvenv.cfg': 'home = /tmp', 'scripts/python3!': 'ELF' } })).toMatchInlineSnapshot(`
      "error[F0964]: \`a\` brings 2 paths, and the environment has its own
      hint: to leave it out, put into \`ferrule.toml\`: \`[[override]]\`, \`distribution = "a"\`, \`remove = ["bin/python3", "pyvenv.cfg"]\`
      "
    `);
  });

  test('of names that differ in case are a warning where case counts', () => {
    const rig = storeRig();
    const parts = [
      wheelPart(rig.store, { name: 'a', files: { 'site/Crypto/x.py': '' } }),
      wheelPart(rig.store, { name: 'b', files: { 'site/crypto/x.py': '' } }),
    ];
    expect(print(planned({ store: rig.store, parts }).warnings)).toMatchInlineSnapshot(`
      "warning[F0962]: \`Crypto\` and \`crypto\` in \`site-packages\` differ in case only
        Crypto  a
        crypto  b
      hint: on macOS and Windows they are one and the same path
      "
    `);
    const interpreter = testInterpreter();
    const mac = {
      ...interpreter,
      interpreter: { ...interpreter.interpreter, platform: { os: 'macos', arch: 'arm64', major: 14, minor: 0 } as const },
    };
    expect(refusal({ store: rig.store, parts, interpreter: mac })).toMatchObject([{ code: 'F0962', severity: 'error' }]);
  });
});

describe('removals', () => {
  test('leave out what they name, of one distribution or of all', () => {
    const rig = storeRig();
    const parts = ['a', 'b'].map((name) =>
      wheelPart(rig.store, { name, files: { [`site/${name}/x.py`]: '', [`site/${name}/tests/t.py`]: '', [`site/${name}/docs/d`]: '' } }),
    );
    const removals = [
      { distribution: normalizeName('a'), paths: `${SITE}/*/tests` },
      { distribution: undefined, paths: 'site-packages/**/docs/*' },
    ];
    const { directory } = composed({ store: rig.store, parts, policy: { ...NO_POLICY, removals } });
    const visible = filesBelow(join(directory, SITE)).filter((path) => !path.includes('dist-info'));
    expect(visible).toEqual(['00-ferrule.pth', 'a/x.py', 'b/tests/t.py', 'b/x.py']);
  });

  test('settle a collision', () => {
    const rig = storeRig();
    const parts = ['a', 'b'].map((name) => wheelPart(rig.store, { name, files: { 'site/x.py': name } }));
    const removals = [{ distribution: normalizeName('a'), paths: 'site-packages/x.py' }];
    expect(
      readFileSync(join(composed({ store: rig.store, parts, policy: { ...NO_POLICY, removals } }).directory, SITE, 'x.py'), 'utf8'),
    ).toBe('b');
  });

  test('leave directories they do not touch as links', () => {
    const rig = storeRig();
    const parts = [wheelPart(rig.store, { name: 'a', files: { 'site/a/x.py': '', 'site/b/y.py': '' } })];
    const { directory } = composed({
      store: rig.store,
      parts,
      policy: { ...NO_POLICY, removals: [{ distribution: undefined, paths: 'site-packages/a/*' }] },
    });
    expect(existsSync(join(directory, SITE, 'a'))).toBe(false);
    expect(lstatSync(join(directory, SITE, 'b')).isSymbolicLink()).toBe(true);
  });
});

describe('what cannot be composed', () => {
  test('a distribution twice', () => {
    const rig = storeRig();
    const parts = ['1.0', '2.0'].map((version) => wheelPart(rig.store, { name: 'a', version, files: {} }));
    expect(print(refusal({ store: rig.store, parts }))).toMatchInlineSnapshot(`
      "error[F0963]: \`a\` is wanted twice in one environment
        version  1.0
        version  2.0
      hint: an environment holds one version of a distribution: let the locks agree, or make two environments
      "
    `);
  });

  test('an unpacked wheel that is gone', () => {
    const rig = storeRig();
    const part = wheelPart(rig.store, { name: 'a', files: {} });
    rig.store.dropTree(part.wheel.tree);
    expect(refusal({ store: rig.store, parts: [part] })).toMatchObject([{ code: 'F0966', blame: 'infrastructure' }]);
  });

  test('a pattern that matches nothing', () => {
    const rig = storeRig();
    const removals = [{ distribution: undefined, paths: 'a[' }];
    expect(print(refusal({ store: rig.store, parts: [], policy: { ...NO_POLICY, removals } }))).toMatchInlineSnapshot(`
      "error[F0968]: \`a[\` is not a pattern for paths
      hint: close every \`[\` with \`]\`, and do not end it with a backslash
      "
    `);
  });
});

test('an environment for another version of Python stands where that version looks', () => {
  const rig = storeRig();
  const interpreter = testInterpreter();
  const threads = {
    ...interpreter,
    interpreter: { ...interpreter.interpreter, freeThreaded: true, version: { major: 3, minor: 13, micro: 1, full: '3.13.1' } },
  };
  const { directory } = composed({ store: rig.store, parts: [wheelPart(rig.store, { name: 'a', files: {} })], interpreter: threads });
  expect(existsSync(join(directory, 'lib/python3.13t/site-packages/a-1.0.dist-info'))).toBe(true);
  expect(readlinkSync(join(directory, 'bin/python3.13t'))).toBe('python');
});

test('composing again reads no file and writes nothing', () => {
  const rig = storeRig();
  const parts = [wheelPart(rig.store, { name: 'a', files: { 'site/a/x.py': '' } })];
  const first = composed({ store: rig.store, parts });
  const before = statSync(first.directory).ctimeMs;
  const reopened = openStore({ directory: rig.directory, now: () => Date.now(), processId: process.pid });
  expect(composed({ store: reopened, parts }).directory).toBe(first.directory);
  expect(statSync(first.directory).ctimeMs).toBe(before);
  expect(readdirSync(join(rig.directory, 'v1/tmp'))).toHaveLength(1);
});

test('an environment that is collected after it was planned is written anew', () => {
  const rig = storeRig();
  const parts = [wheelPart(rig.store, { name: 'a', files: { 'site/a/x.py': 'x' } })];
  const { directory } = composed({ store: rig.store, parts });
  const { plan } = planned({ store: rig.store, parts });
  removeTree(directory);
  expect(writeEnvironment({ store: rig.store, plan }).directory).toBe(directory);
  expect(readFileSync(join(directory, SITE, 'a/x.py'), 'utf8')).toBe('x');
});

test('a request that differs in anything that counts is planned by itself', () => {
  const rig = storeRig();
  const parts = [wheelPart(rig.store, { name: 'a', files: { 'site/a/x.py': 'x', 'site/a/y.py': 'y' } })];
  const other = { ...testInterpreter(), executable: '/opt/python/bin/python3' };
  const removals = [{ distribution: undefined, paths: 'site-packages/a/y.py' }];
  const keys = [
    composed({ store: rig.store, parts }),
    composed({ store: rig.store, parts, name: 'another' }),
    composed({ store: rig.store, parts, interpreter: other }),
    composed({ store: rig.store, parts, policy: { ...NO_POLICY, removals } }),
    composed({ store: rig.store, parts: [] }),
  ].map(({ key }) => key.hash);
  expect(new Set(keys).size).toBe(keys.length);
});

function compose(...made: readonly MadeDistribution[]): { readonly directory: string; readonly rig: StoreRig } {
  const rig = storeRig();
  return { directory: composed({ store: rig.store, parts: made.map((one) => wheelPart(rig.store, one)) }).directory, rig };
}

function refused(...made: readonly MadeDistribution[]): string {
  const rig = storeRig();
  return print(refusal({ store: rig.store, parts: made.map((one) => wheelPart(rig.store, one)) }));
}

function print(diagnostics: Parameters<typeof printDiagnostics>[0]): string {
  return printDiagnostics(diagnostics, { colour: false });
}

/** Files below a directory, links followed. */
function filesBelow(directory: string, prefix = ''): readonly string[] {
  return readdirSync(directory)
    .flatMap((name) =>
      statSync(join(directory, name)).isDirectory() ? filesBelow(join(directory, name), `${prefix}${name}/`) : [`${prefix}${name}`],
    )
    .toSorted();
}
