import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sortDiagnostics } from '../../src/diagnostics/sort.ts';
import { openStore } from '../../src/store/directory-store.ts';
import { listEntries } from '../../src/store/inventory.ts';
import { storeLayout } from '../../src/store/store-layout.ts';
import { type Checkout, TemporaryDirectory } from './checkout.ts';
import { build, type Built, complaints } from './rig.ts';
import { makeWorkshop } from './workshop.ts';

/** Every action result of a store by its key: what it gave, without how long it took. */
function resultsIn(directory: string): Readonly<Record<string, unknown>> {
  const store = openStore({ directory, now: Date.now, processId: process.pid });
  const keys = listEntries(storeLayout(directory)).filter((entry) => entry.kind === 'result');
  const results = keys.map(({ hash }) => {
    const result = store.getResult({ hash, size: 0 });
    if (result === undefined) throw new Error(`no result for ${hash}`);
    const { outputs, stdout, exitCode } = result;
    return [
      hash,
      {
        exitCode,
        stdout,
        outputs: outputs.map(
          (output) => `${output.path} ${output.kind} ${output.digest.hash} ${output.kind === 'file' && output.executable ? 'x' : ''}`,
        ),
      },
    ];
  });
  store.close();
  return Object.fromEntries(results);
}

describe('two checkouts at different places, with stores of their own', () => {
  let place: TemporaryDirectory;
  let near: Checkout;
  let far: Checkout;
  beforeAll(() => {
    place = new TemporaryDirectory();
    near = makeWorkshop(place.join('near'));
    far = makeWorkshop(place.join('far', 'away', 'in a directory with spaces'), { order: 'backwards' });
  });
  afterAll(() => place[Symbol.dispose]());

  test.each(['dev', 'unpacked', 'release', 'thin', 'stripped'])(
    'give the same bytes for every action, one job or four, in the profile %s',
    async (profile) => {
      const stores = [place.join(`store-near-${profile}`), place.join(`somewhere/else/store-${profile}`)] as const;
      const one = await build({ directory: near.directory, store: stores[0], profile, jobs: 1 });
      const four = await build({ directory: far.directory, store: stores[1], profile, jobs: 4 });
      expect(one.ok, complaints(one)).toBe(true);
      expect(four.ok, complaints(four)).toBe(true);
      expect([one.cached, four.cached]).toEqual([[], []]);
      const results = resultsIn(stores[0]);
      expect(Object.keys(results)).toHaveLength(one.report.actions.total);
      expect(resultsIn(stores[1])).toEqual(results);
      expect(four.report.targets.map((target) => target.digest)).toEqual(one.report.targets.map((target) => target.digest));
      for (const { path } of one.report.targets) expect(filesNaming(path, place.path)).toEqual([]);
    },
    120_000,
  );
});

/** Files below a directory in which a text occurs. */
function filesNaming(directory: string, text: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

describe('`--verify-determinism`', () => {
  let place: TemporaryDirectory;
  beforeEach(() => {
    place = new TemporaryDirectory();
  });
  afterEach(() => place[Symbol.dispose]());

  const verify = (checkout: Checkout): Promise<Built> =>
    build({ directory: checkout.directory, store: place.join('store'), profile: 'dev', verifyDeterminism: true });

  test('is content with honest units, whether their results were there or not', async () => {
    const workshop = makeWorkshop(place.join('workshop'));
    for (const when of ['from nothing', 'with everything there']) {
      const built = await verify(workshop);
      expect(built.ok, complaints(built)).toBe(true);
      expect(built.executed, when).toHaveLength(6);
    }
    const after = await build({ directory: workshop.directory, store: place.join('store'), profile: 'dev' });
    expect(after.executed).toEqual([]);
  }, 120_000);

  test('names each action at fault, with its files, and goes on', async () => {
    const workshop = makeWorkshop(place.join('workshop'), {
      files: {
        'core-parts/build.rs': `use std::{fs, time};

fn main() {
    let now = time::SystemTime::now().duration_since(time::UNIX_EPOCH).unwrap().as_nanos();
    let out = std::env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/table.rs"), "pub const TABLE: [u32; 8] = [0, 1, 4, 9, 16, 25, 36, 49];").unwrap();
    fs::create_dir(format!("{out}/log")).unwrap();
    fs::write(format!("{out}/log/time.txt"), now.to_string()).unwrap();
    println!("cargo::rustc-env=MADE_IN={now}");
    println!("took {now} ns, which is nobody's business");
}
`,
        'macros/src/lib.rs': `use proc_macro::TokenStream;

#[proc_macro_derive(Named)]
pub fn named(_: TokenStream) -> TokenStream {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    format!("impl Tool {{ pub fn name() -> &'static str {{ \\"{now}\\" }} }}").parse().unwrap()
}
`,
      },
    });
    const built = await verify(workshop);
    expect(built.ok).toBe(false);
    expect(built.report.actions).toEqual({ total: 6, executed: 6, cached: 0, failed: 0 });
    expect(built.report.targets.map((target) => target.name)).toContain('tool');
    const said = sortDiagnostics(built.report.diagnostics).map(({ code, blame, message, facts = [], hints }) => {
      const lines = facts.map(
        ([what, values]) => `${what}: ${values.replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…').replaceAll(/\d{10,}/g, 'N')}`,
      );
      return [`${code} ${blame}: ${message}`, ...lines.map((line) => line.replaceAll(/-[0-9a-f]{16}/g, '-HASH')), ...(hints ?? [])];
    });
    expect(said).toMatchInlineSnapshot(`
      [
        [
          "F0404 build: core-parts v0.1.0 (build script run) does not give the same bytes twice",
          "/build/target/debug/build/core-parts-HASH/out/log/time.txt: sha256:…, then sha256:…",
          "directive: \`cargo::rustc-env=MADE_IN=N\`, then \`cargo::rustc-env=MADE_IN=N\`",
          "look for the time, random numbers, process ids, and the order of hash maps and directories in what the build script writes",
        ],
        [
          "F0404 build: tool v0.1.0 (bin "tool") does not give the same bytes twice",
          "/build/out/tool-HASH: sha256:… (executable), then sha256:… (executable)",
          "procedural macros: macros v0.1.0",
          "look for hash maps whose order decides what a procedural macro writes; the macros named above are the first to ask",
        ],
      ]
    `);
  }, 120_000);
});
