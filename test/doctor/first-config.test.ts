import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { initCommand } from '../../src/cli/commands/init.ts';
import { firstConfig } from '../../src/doctor/first-config.ts';
import { EMPTY_CONFIG } from '../../src/repository/config.ts';
import { checkConfig } from '../../src/repository/config-schema.ts';
import { readDirectories } from '../../src/repository/directory-listings.ts';
import { discoverRepository } from '../../src/repository/discover.ts';
import { Checkout, type Files, TemporaryDirectory } from '../end-to-end/checkout.ts';

async function configOf(directory: string): Promise<string> {
  const repository = await discoverRepository({ directory, directories: readDirectories });
  if (!repository.ok) throw new Error('there is a repository');
  return await firstConfig(repository.value);
}

const FILES: Files = {
  '.git/HEAD': '',
  'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n',
  'Cargo.lock':
    'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n\n[[package]]\nname = "codec-sys"\nversion = "0.4.0"\n\n[[package]]\nname = "openssl-sys"\nversion = "0.9.1"\n',
  'build.rs': 'fn main() { Command::new("git").arg("describe"); }\n',
  'src/main.rs': 'fn main() {}\n',
  'py/pyproject.toml': '[project]\nname = "py"\nversion = "1"\n\n[dependency-groups]\nlint = ["ruff>=0.5"]\ndev = ["mypy"]\n',
  'py/uv.lock': 'version = 1\nrequires-python = ">=3.11"\n',
};

test('what is found is said in comments, and the settings that go with it are commented out', async () => {
  using place = new TemporaryDirectory();
  const { directory } = new Checkout(place.path, FILES);
  const text = await configOf(directory);
  expect(text).toMatchInlineSnapshot(`
    "# Settings of Ferrule for this repository. Without this file it builds just the same; what can stand here is in docs/overrides.md.

    # 2 members were found: a directory with a manifest and its lock is one.
    #   .   rust, Cargo.lock
    #   py  python, uv.lock
    # To choose them yourself, or to leave some out:
    #members = [".", "py"]
    #exclude = ["experiments/*"]

    # Defaults for the options of \`ferrule build\`.
    #[build]
    #profile = "release"
    #features = []
    # Variables of yours that every unit may read; for one crate write an override instead.
    #pass-environment = ["GIT_SHA"]

    # Which Python: before \`.python-version\` and \`requires-python\`.
    #[python]
    #interpreter = "3.12"

    # Crates that bind native code, and whose needs Ferrule knows: nothing has to be said about
    # openssl-sys.

    # \`codec-sys\` may bind a library of the system. If its build says that it is missing:
    #[[override]]
    #crate = "codec-sys"
    #pkg-config = ["codec"]

    # The build script of \`app\` starts git, which has nothing to say in a sandbox. If it takes a variable instead:
    #[[override]]
    #crate = "app"
    #pass-environment = ["GIT_SHA"]

    # Further checks of \`ferrule check\`, with programs that are among the dependencies here.
    #[checks.ruff]
    #command = ["ruff", "check", "."]
    #project = "*"
    #groups = ["lint"]

    #[checks.mypy]
    #command = ["mypy", "."]
    #project = "*"
    #groups = ["dev"]

    # What \`ferrule store gc\` leaves.
    #[store]
    #max-size = "20GB"
    "
  `);
  expect(parse(text)).toEqual({});
});

test('every setting that is offered is one that Ferrule takes', async () => {
  using place = new TemporaryDirectory();
  const federation = place.join('federation');
  cpSync(join(import.meta.dirname, '../../examples/federation'), federation, { recursive: true });
  for (const directory of [new Checkout(place.join('small'), FILES).directory, federation]) {
    const text = (await configOf(directory)).replaceAll(/^#(?! )/gm, '');
    const checked = checkConfig({ file: 'ferrule.toml', text, document: parse(text) });
    expect(checked.ok ? [] : checked.diagnostics).toEqual([]);
    expect(checked.ok ? checked.value : EMPTY_CONFIG).not.toEqual(EMPTY_CONFIG);
  }
});

test('a file that is there is never written to, and printing writes nothing', async () => {
  using place = new TemporaryDirectory();
  const { directory } = new Checkout(place.path, FILES);
  let printed = '';
  const terminal = {
    out: (text: string) => void (printed += text),
    err: () => undefined,
    colour: { out: false, err: false },
    live: false,
    size: () => ({ columns: 80, rows: 24 }),
  };
  const init = async (print: boolean): Promise<number> =>
    await initCommand({
      settings: { directory, storeDirectory: place.join('store'), json: false, verbose: false, quiet: false, print },
      terminal,
    });
  expect(await init(true)).toBe(0);
  expect(existsSync(join(directory, 'ferrule.toml'))).toBe(false);
  expect(await init(false)).toBe(0);
  expect(readFileSync(join(directory, 'ferrule.toml'), 'utf8')).toBe(printed);
  expect(await init(false)).toBe(2);
});
