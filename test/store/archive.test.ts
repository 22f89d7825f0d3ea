import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256Of } from '../../src/model/digest.ts';
import { unpackCrate } from '../../src/store/archive.ts';
import { crateOf, type FixtureEntry, tarOf, unpacked } from './crate-fixture.ts';
import { storeRig, temporaryDirectory } from './rig.ts';

describe('a crate', () => {
  test('unpacks below its top directory, with the executable bit as the only mode', async () => {
    const { store } = storeRig();
    const path = await unpacked(store, [
      { name: 'demo-1.0.0/', type: 'directory', mode: 0o755 },
      { name: 'demo-1.0.0/Cargo.toml', body: '[package]' },
      { name: 'demo-1.0.0/src/lib.rs', body: 'pub fn f() {}', mode: 0o600 },
      { name: 'demo-1.0.0/configure', body: '#!/bin/sh', mode: 0o744 },
      { name: 'demo-1.0.0/empty/', type: 'directory' },
    ]);
    expect(listing(String(path))).toEqual([
      'd empty',
      'd src',
      '- Cargo.toml [package]',
      '- src/lib.rs pub fn f() {}',
      'x configure #!/bin/sh',
    ]);
  });

  test('may have long names, names that are not ASCII, links inside, and entries that come twice', async () => {
    const { store } = storeRig();
    const long = `${'directory-with-a-long-name/'.repeat(12)}${'x'.repeat(120)}.rs`;
    const path = String(
      await unpacked(store, [
        { name: `demo-1.0.0/${long}`, body: 'long' },
        { name: 'demo-1.0.0/tests/grüße.txt', body: 'ü' },
        { name: 'demo-1.0.0/twice', body: 'first' },
        { name: 'demo-1.0.0/hard', type: 'link', linkname: 'demo-1.0.0/tests/grüße.txt' },
        { name: 'demo-1.0.0/tests/soft', type: 'symlink', linkname: '../twice' },
        { name: 'demo-1.0.0/twice', body: 'second' },
      ]),
    );
    expect(readFileSync(join(path, long), 'utf8')).toBe('long');
    expect(readFileSync(join(path, 'hard'), 'utf8')).toBe('ü');
    expect(readFileSync(join(path, 'tests/soft'), 'utf8')).toBe('second');
  });

  test('does not bring cargo’s own mark with it', async () => {
    const { store } = storeRig();
    const path = await unpacked(store, [
      { name: 'demo-1.0.0/.cargo-ok', body: 'ok' },
      { name: 'demo-1.0.0/Cargo.toml', body: '' },
    ]);
    expect(readdirSync(String(path))).toEqual(['Cargo.toml']);
  });
});

describe('a hostile entry', () => {
  const hostile: readonly (readonly [string, FixtureEntry])[] = [
    ['climbs out', { name: 'demo-1.0.0/../../etc/cron.d/x', body: 'x' }],
    ['climbs out and back', { name: 'demo-1.0.0/src/../../demo-1.0.0/x', body: 'x' }],
    ['is absolute', { name: '/etc/cron.d/x', body: 'x' }],
    ['lies in another crate', { name: 'serde-1.0.0/src/lib.rs', body: 'x' }],
    ['lies at the top', { name: 'Cargo.toml', body: 'x' }],
    ['replaces the top', { name: 'demo-1.0.0', body: 'x' }],
    ['is a symlink out', { name: 'demo-1.0.0/src/x', type: 'symlink', linkname: '../../x' }],
    ['is an absolute symlink', { name: 'demo-1.0.0/x', type: 'symlink', linkname: '/etc/passwd' }],
    ['is a hard link out', { name: 'demo-1.0.0/x', type: 'link', linkname: '/etc/passwd' }],
    ['is a hard link that climbs', { name: 'demo-1.0.0/x', type: 'link', linkname: 'demo-1.0.0/../x' }],
    ['is a device', { name: 'demo-1.0.0/x', type: 'character-device' }],
    ['is a FIFO', { name: 'demo-1.0.0/x', type: 'fifo' }],
  ];
  test('is refused by name, and nothing is kept', async () => {
    const messages: Record<string, unknown> = {};
    for (const [what, entry] of hostile) {
      const { store, directory } = storeRig();
      messages[what] = await unpacked(store, [{ name: 'demo-1.0.0/Cargo.toml', body: '' }, entry]);
      expect(readdirSync(join(directory, 'v1/trees'))).toEqual([]);
    }
    expect(messages).toMatchInlineSnapshot(`
      {
        "climbs out": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/../../etc/cron.d/x\` climbs out of its directory",
        ],
        "climbs out and back": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/src/../../demo-1.0.0/x\` climbs out of its directory",
        ],
        "is a FIFO": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/x\` is a device or of an unknown kind",
        ],
        "is a device": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/x\` is a device or of an unknown kind",
        ],
        "is a hard link out": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/x\` is a hard link to \`/etc/passwd\`, which is no file of the crate",
        ],
        "is a hard link that climbs": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/x\` is a hard link to \`demo-1.0.0/../x\`, which is no file of the crate",
        ],
        "is a symlink out": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/src/x\` is a symlink to \`../../x\`, which leaves the crate",
        ],
        "is absolute": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`/etc/cron.d/x\` has an absolute path",
        ],
        "is an absolute symlink": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/x\` is a symlink to the absolute path \`/etc/passwd\`",
        ],
        "lies at the top": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`Cargo.toml\` lies outside \`demo-1.0.0/\`",
        ],
        "lies in another crate": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`serde-1.0.0/src/lib.rs\` lies outside \`demo-1.0.0/\`",
        ],
        "replaces the top": [
          "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0\` stands where the directory of the crate should",
        ],
      }
    `);
  });

  test('that goes through a link is refused', async () => {
    const { store } = storeRig();
    const entries: readonly FixtureEntry[] = [
      { name: 'demo-1.0.0/src', type: 'symlink', linkname: 'elsewhere' },
      { name: 'demo-1.0.0/src/lib.rs', body: 'x' },
    ];
    expect(await unpacked(store, entries)).toMatchInlineSnapshot(`
      [
        "F0304: archive of crate \`demo-1.0.0\` is refused: entry \`demo-1.0.0/src/lib.rs\` is both a file or link and a directory",
      ]
    `);
  });
});

describe('an archive', () => {
  test('with another checksum than the lock’s is refused with both', async () => {
    const { store } = storeRig();
    const crate = crateOf(store, await tarOf([{ name: 'demo-1.0.0/Cargo.toml', body: '' }]));
    const result = await unpackCrate({ ...crate, checksum: sha256Of('other') });
    const shown = JSON.stringify(result, undefined, 1).replaceAll(crate.archive, '[ARCHIVE]').replaceAll(crate.checksum, '[FOUND]');
    expect(shown.replaceAll(sha256Of('other'), '[LOCKED]')).toMatchInlineSnapshot(`
      "{
       "ok": false,
       "diagnostics": [
        {
         "code": "F0302",
         "severity": "error",
         "blame": "input",
         "message": "archive of crate \`demo-1.0.0\` does not have the checksum that \`Cargo.lock\` asks for",
         "facts": [
          [
           "archive",
           "[ARCHIVE]"
          ],
          [
           "locked",
           "sha256:[LOCKED]"
          ],
          [
           "found",
           "sha256:[FOUND]"
          ]
         ],
         "hints": [
          "delete the archive and run \`cargo fetch --locked\`; if the checksum is still wrong, do not trust the crate's source"
         ]
        }
       ]
      }"
    `);
  });

  test('that is missing says how to get it', async () => {
    const { store } = storeRig();
    const result = await unpackCrate({
      store,
      archive: '/nowhere/demo-1.0.0.crate',
      checksum: sha256Of(''),
      expectedTopDirectory: 'demo-1.0.0',
    });
    expect(result).toMatchInlineSnapshot(`
      {
        "diagnostics": [
          {
            "blame": "infrastructure",
            "code": "F0301",
            "facts": [
              [
                "archive",
                "/nowhere/demo-1.0.0.crate",
              ],
              [
                "error",
                "ENOENT",
              ],
            ],
            "hints": [
              "run \`cargo fetch --locked\`, which downloads missing archives",
            ],
            "message": "archive of crate \`demo-1.0.0\` cannot be read",
            "severity": "error",
          },
        ],
        "ok": false,
      }
    `);
  });

  test('that was cut short is refused wherever it was cut, and what cargo takes is taken', async () => {
    const { store } = storeRig();
    const tar = await tarOf([
      { name: 'demo-1.0.0/Cargo.toml', body: 'x'.repeat(700) },
      { name: 'demo-1.0.0/src/lib.rs', body: 'y'.repeat(700) },
    ]);
    const outcomes: string[] = [];
    for (const length of [100, 512, 900, 1536, 1600, 2048, 3072, 3584, 4096]) {
      const result = await unpackCrate(crateOf(store, tar.subarray(0, length)));
      outcomes.push(`${length}: ${result.ok ? 'taken' : result.diagnostics.map((diagnostic) => diagnostic.facts?.[1]?.[1]).join()}`);
    }
    expect(outcomes).toMatchInlineSnapshot(`
      [
        "100: cut header at byte 0",
        "512: cut file at byte 512",
        "900: cut file at byte 512",
        "1536: taken",
        "1600: cut header at byte 1536",
        "2048: cut file at byte 2048",
        "3072: taken",
        "3584: taken",
        "4096: taken",
      ]
    `);
  });

  test('whose gzip stream is broken is refused', async () => {
    const { store } = storeRig();
    const archive = join(temporaryDirectory(), 'demo-1.0.0.crate');
    const packed = gzipSync(await tarOf([{ name: 'demo-1.0.0/Cargo.toml', body: 'x'.repeat(10_000) }]));
    for (const bytes of [packed.subarray(0, 60), Buffer.from('no gzip'), Buffer.alloc(0)]) {
      writeFileSync(archive, bytes);
      const result = await unpackCrate({ store, archive, checksum: sha256Of(bytes), expectedTopDirectory: 'demo-1.0.0' });
      expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'F0303' }] });
    }
  });
});

describe.skipIf(cachedCrates().length === 0)('crates of this machine’s cargo', () => {
  test('unpack exactly as cargo unpacked them', async () => {
    const { store } = storeRig();
    for (const archive of cachedCrates()) {
      const name = basename(archive, '.crate');
      const result = await unpackCrate({ store, archive, checksum: sha256Of(readFileSync(archive)), expectedTopDirectory: name });
      const path = result.ok ? (store.treePath(result.value) ?? '') : JSON.stringify(result);
      const expected = listing(join(archive, '../../../src', basename(join(archive, '..')), name)).filter(
        (line) => !line.includes('.cargo-ok'),
      );
      expect([name, ...listing(path)]).toEqual([name, ...expected]);
    }
  }, 60_000);
});

/** The 20 smallest archives whose unpacked form cargo has kept too. */
function cachedCrates(): readonly string[] {
  const registry = join(process.env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'registry');
  if (!existsSync(join(registry, 'cache'))) return [];
  return readdirSync(join(registry, 'cache'))
    .flatMap((index) => readdirSync(join(registry, 'cache', index)).map((name) => join(registry, 'cache', index, name)))
    .filter((path) => path.endsWith('.crate') && existsSync(path.replace('/cache/', '/src/').replace(/\.crate$/, '/.cargo-ok')))
    .toSorted((left, right) => statSync(left).size - statSync(right).size)
    .slice(0, 20);
}

/** Every path with its kind (`x` executable) and content, sorted. */
function listing(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(root.length + 1);
      if (entry.isDirectory()) return `d ${name}`;
      if (entry.isSymbolicLink()) return `l ${name} ${readlinkSync(path)}`;
      return `${(lstatSync(path).mode & 0o111) === 0 ? '-' : 'x'} ${name} ${readFileSync(path, 'latin1')}`;
    })
    .toSorted((left, right) => kindOrder(left) - kindOrder(right) || (left < right ? -1 : 1));
}

function kindOrder(line: string): number {
  return 'd-xl'.indexOf(line.charAt(0));
}
