import { readFileSync, writeFileSync } from 'node:fs';
import { Checkout, checksumOf, type Files, vendored } from './checkout.ts';
import { cargo } from './rig.ts';

export function manifest(name: string, rest = '', keys = ''): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${keys}${rest}`;
}

function local(...names: readonly string[]): string {
  return `[dependencies]\n${names.map((name) => `${name} = { path = "../${name}" }\n`).join('')}`;
}

const TINY: Files = {
  ...vendored({ name: 'tiny', version: '1.0.0', files: { 'src/lib.rs': 'pub fn tiny() -> u32 {\n    400\n}\n' } }),
  ...vendored({ name: 'tiny', version: '1.0.1', files: { 'src/lib.rs': 'pub fn tiny() -> u32 {\n    401\n}\n' } }),
};

/**
 * A repository with a workspace that has one of everything, needs no network and compiles in a few seconds:
 *
 * ```
 * app (bin) ─▶ mid ─▶ base          base: tests, benches, examples, a feature
 *     │         ├──▶ derive         a procedural macro
 *     │         └──▶ tiny           vendored, in two versions
 *     ├─▶ scripted                  a script that reads a variable and a file, and says so
 *     └─▶ tuned ─▶ native           a script that declares nothing; `links`, whose metadata reaches `tuned`
 * lone, spare                       nobody needs them
 * ```
 */
export const HOUSE: Files = {
  'Cargo.toml':
    '[workspace]\nmembers = ["base", "mid", "derive", "scripted", "native", "tuned", "app", "lone", "spare"]\nexclude = ["vendor"]\nresolver = "2"\n\n[profile.release]\nopt-level = 0\n',
  '.cargo/config.toml': '[source.crates-io]\nreplace-with = "vendored"\n\n[source.vendored]\ndirectory = "vendor"\n',
  'README.md': '# House\n',

  'base/Cargo.toml': manifest('base', '\n[features]\nextra = []\n'),
  'base/README.md': '# Base\n',
  'base/src/lib.rs': 'mod inner;\n\npub fn base() -> u32 {\n    inner::secret() + if cfg!(feature = "extra") { 1000 } else { 0 }\n}\n',
  'base/src/inner.rs': 'pub fn secret() -> u32 {\n    1\n}\n',
  'base/tests/x.rs': '#[test]\nfn one() {\n    assert_eq!(base::base(), 1);\n}\n',
  'base/benches/b.rs': 'fn main() {}\n',
  'base/examples/e.rs': 'fn main() {\n    println!("{}", base::base());\n}\n',

  'mid/Cargo.toml': manifest('mid', `${local('base', 'derive')}tiny = "1"\n\n[features]\nloud = ["base/extra"]\n`),
  'mid/src/lib.rs': 'pub fn mid() -> u32 {\n    base::base() + derive::forty!() + tiny::tiny()\n}\n',

  'derive/Cargo.toml': manifest('derive', '[lib]\nproc-macro = true\n'),
  'derive/src/lib.rs':
    'use proc_macro::TokenStream;\n\n#[proc_macro]\npub fn forty(_: TokenStream) -> TokenStream {\n    "40u32".parse().unwrap()\n}\n',

  'scripted/Cargo.toml': manifest('scripted'),
  'scripted/build.rs': `fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=data.txt");
    println!("cargo::rerun-if-env-changed=FLAVOUR");
    println!("cargo::rustc-check-cfg=cfg(made)");
    println!("cargo::rustc-cfg=made");
    let flavour = std::env::var("FLAVOUR").unwrap_or_else(|_| "plain".to_string());
    println!("cargo::rustc-env=FLAVOUR={flavour}");
    let data = std::fs::read_to_string("data.txt").unwrap();
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/data.rs"), format!("pub const DATA: &str = {:?};", data.trim())).unwrap();
}
`,
  'scripted/data.txt': 'data\n',
  'scripted/src/lib.rs':
    'include!(concat!(env!("OUT_DIR"), "/data.rs"));\n\n#[cfg(made)]\npub fn scripted() -> String {\n    format!("{} {}", DATA, env!("FLAVOUR"))\n}\n',

  'native/Cargo.toml': manifest('native', '', 'links = "tone"\n'),
  'native/build.rs': 'fn main() {\n    println!("cargo::rerun-if-changed=build.rs");\n    println!("cargo::metadata=PITCH=440");\n}\n',
  'native/src/lib.rs': 'pub fn native() {}\n',

  'tuned/Cargo.toml': manifest('tuned', local('native')),
  'tuned/build.rs': 'fn main() {\n    println!("cargo::rustc-env=PITCH={}", std::env::var("DEP_TONE_PITCH").unwrap());\n}\n',
  'tuned/src/lib.rs': 'pub const PITCH: &str = env!("PITCH");\n\npub fn tuned() -> &\'static str {\n    native::native();\n    PITCH\n}\n',

  'app/Cargo.toml': manifest('app', `${local('mid', 'scripted', 'tuned')}\n[features]\nloud = ["mid/loud"]\n`),
  'app/src/main.rs':
    'fn main() {\n    println!("{} {} {} {}", mid::mid(), scripted::scripted(), tuned::tuned(), option_env!("CHANNEL").unwrap_or("none"));\n}\n',

  'lone/Cargo.toml': manifest('lone'),
  'lone/src/lib.rs': 'pub fn lone() {}\n',

  'spare/Cargo.toml': manifest('spare'),
  'spare/src/lib.rs': 'pub fn spare() {}\n',

  ...TINY,
};

/** Makes the house in a directory, its lock included: it names `tiny 1.0.0`. */
export function makeHouse(directory: string, order: 'forwards' | 'backwards' = 'forwards'): Checkout {
  const checkout = new Checkout(directory, HOUSE, order);
  lock(checkout, '.');
  return checkout;
}

/**
 * A repository without coordination: two workspaces side by side, each with its own lock, that use the same vendored crate and the
 * same package outside of both.
 */
const STREET: Files = {
  '.cargo/config.toml': HOUSE['.cargo/config.toml'] ?? '',
  'common/Cargo.toml': manifest('common', '[dependencies]\ntiny = "1"\n'),
  'common/build.rs': 'fn main() {\n    println!("cargo::rerun-if-changed=build.rs");\n}\n',
  'common/src/lib.rs': 'pub fn common() -> u32 {\n    tiny::tiny()\n}\n',
  ...workspaceOver('left', 'common::common()'),
  ...workspaceOver('right', 'common::common() + 1'),
  ...TINY,
};

function workspaceOver(name: string, value: string): Files {
  return {
    [`${name}/Cargo.toml`]: `${manifest(name, local('common'))}\n[workspace]\n`,
    [`${name}/src/main.rs`]: `fn main() {\n    println!("{}", ${value});\n}\n`,
  };
}

/** Makes the street in a directory, its locks included. */
export function makeStreet(directory: string): Checkout {
  const checkout = new Checkout(directory, STREET);
  lock(checkout, 'left');
  lock(checkout, 'right');
  return checkout;
}

function lock(checkout: Checkout, workspace: string): void {
  cargo(['generate-lockfile', '--offline'], { directory: checkout.path(workspace) });
  lockTiny(checkout.path(`${workspace}/Cargo.lock`), '1.0.0');
}

/** Writes another version of `tiny` into a lock, as `cargo update` would. */
export function lockTiny(lock: string, version: '1.0.0' | '1.0.1'): void {
  const text = readFileSync(lock, 'utf8');
  const entry = /(name = "tiny"\nversion = ")[^"]*("\nsource = .*\nchecksum = ")[^"]*/;
  if (!entry.test(text)) throw new Error(`\`${lock}\` has no \`tiny\``);
  writeFileSync(lock, text.replace(entry, `$1${version}$2${checksumOf({ name: 'tiny', version })}`));
}
