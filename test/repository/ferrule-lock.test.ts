import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Of } from '../../src/model/digest.ts';
import {
  EMPTY_LOCK,
  type FerruleLock,
  formatFerruleLock,
  parseFerruleLock,
  readFerruleLock,
  writeFerruleLock,
} from '../../src/repository/ferrule-lock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const LOCK: FerruleLock = {
  git: [
    { url: 'https://example.org/b', revision: '2', tree: sha256Of('x') },
    { url: 'https://example.org/a', revision: '1', tree: sha256Of('y') },
  ],
  buildSystems: [
    { requires: ['wheel', 'setuptools>=40.8.0'], asked: [], packages: [{ name: 'wheel', version: '0.48.0', marker: undefined }] },
    {
      requires: ['hatchling'],
      asked: ['editables~=0.3'],
      packages: [
        { name: 'tomli', version: '2.0.1', marker: "python_full_version < '3.11'" },
        { name: 'hatchling', version: '1.33.0', marker: undefined },
      ],
    },
  ],
  buildPackages: [
    {
      name: 'hatchling',
      version: '1.33.0',
      index: 'https://example.org/simple',
      wheels: [{ file: 'b.whl', url: 'https://example.org/b.whl', size: 12, sha256: sha256Of('b') }],
    },
    {
      name: 'wheel',
      version: '0.48.0',
      index: undefined,
      wheels: [{ file: 'a.whl', url: 'https://example.org/a.whl', size: undefined, sha256: sha256Of('a') }],
    },
  ],
  toolchain: { rust: 'rustc 1.95.0 (abc 2026-04-14)', 'python 3.12': 'cpython' },
};

test('the text is the same whatever the order', () => {
  const reversed = {
    git: LOCK.git.toReversed(),
    buildSystems: LOCK.buildSystems.toReversed(),
    buildPackages: LOCK.buildPackages.toReversed(),
    toolchain: Object.fromEntries(Object.entries(LOCK.toolchain).toReversed()),
  };
  expect(formatFerruleLock(reversed)).toBe(formatFerruleLock(LOCK));
  expect(formatFerruleLock(LOCK)).toMatchInlineSnapshot(`
    "# Written by \`ferrule lock\`. Keep it under version control; do not edit it.
    version = 1

    [[git]]
    url = "https://example.org/a"
    rev = "1"
    tree = "sha256:a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa"

    [[git]]
    url = "https://example.org/b"
    rev = "2"
    tree = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

    [[build-system]]
    requires = ["hatchling"]
    asked = ["editables~=0.3"]
    packages = [
      "hatchling 1.33.0",
      "tomli 2.0.1 ; python_full_version < '3.11'",
    ]

    [[build-system]]
    requires = ["setuptools>=40.8.0", "wheel"]
    packages = [
      "wheel 0.48.0",
    ]

    [[build-package]]
    name = "hatchling"
    version = "1.33.0"
    index = "https://example.org/simple"
    wheels = [
      { file = "b.whl", url = "https://example.org/b.whl", size = 12, hash = "sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d" },
    ]

    [[build-package]]
    name = "wheel"
    version = "0.48.0"
    wheels = [
      { file = "a.whl", url = "https://example.org/a.whl", hash = "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" },
    ]

    [toolchain]
    "python 3.12" = "cpython"
    rust = "rustc 1.95.0 (abc 2026-04-14)"
    "
  `);
});

test('what is written is read again', async () => {
  const directory = temporaryDirectory();
  const path = `${directory}/ferrule.lock`;
  expect(await readFerruleLock({ path, file: 'ferrule.lock' })).toEqual({ ok: true, value: undefined });
  writeFerruleLock(path, EMPTY_LOCK);
  expect(await readFerruleLock({ path, file: 'ferrule.lock' })).toEqual({ ok: true, value: EMPTY_LOCK });
  expect(await parseFerruleLock({ file: 'ferrule.lock', text: formatFerruleLock(LOCK) })).toMatchObject({
    ok: true,
    value: {
      buildPackages: LOCK.buildPackages,
      buildSystems: [{ asked: ['editables~=0.3'] }, { requires: ['setuptools>=40.8.0', 'wheel'] }],
    },
  });
  const entry = fc.record({ url: fc.string({ unit: 'binary' }), revision: fc.string(), tree: fc.string().map(sha256Of) });
  const toolchain = fc.dictionary(
    fc.string().filter((name) => !['__proto__', 'prototype', 'constructor'].includes(name)),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(fc.record({ git: fc.array(entry, { maxLength: 1 }), toolchain }), async (made) => {
      const lock = { ...EMPTY_LOCK, ...made };
      expect(await parseFerruleLock({ file: 'ferrule.lock', text: formatFerruleLock(lock) })).toEqual({
        ok: true,
        value: { ...lock, toolchain: { ...lock.toolchain } },
      });
    }),
  );
}, 60_000);

test.each(['version = 2', '', 'version = 1\nmore = 1', 'version = 1\n[[git]]\nurl = "u"\nrev = "r"\ntree = "sha256:12"'])(
  '%j is refused',
  async (text) => {
    const lock = await parseFerruleLock({ file: 'ferrule.lock', text });
    expect(lock.ok ? [] : lock.diagnostics.map(({ code, message, facts, hints }) => [code, message, facts, hints])).toMatchSnapshot();
  },
);
