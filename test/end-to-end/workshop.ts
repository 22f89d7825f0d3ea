import { Checkout, type Files } from './checkout.ts';
import { manifest } from './house.ts';
import { cargo } from './rig.ts';

const GENERATE = `use std::collections::BTreeMap;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=MADE_IN={}", std::env::var("OUT_DIR").unwrap());
    let out = std::env::var("OUT_DIR").unwrap();
    let table: BTreeMap<u32, u32> = (0..50).map(|n| (n, n * n)).collect();
    std::fs::create_dir_all(format!("{out}/deep/er")).unwrap();
    for (n, square) in &table {
        std::fs::write(format!("{out}/deep/er/{n}.txt"), square.to_string()).unwrap();
    }
    std::fs::write(format!("{out}/table.rs"), format!("pub const TABLE: [u32; {}] = {:?};", table.len(), table.values().collect::<Vec<_>>())).unwrap();
}
`;

const CORE = `include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// Where this was compiled, in three ways that tend to leak a directory.
pub fn places() -> [&'static str; 3] {
    [file!(), env!("CARGO_MANIFEST_DIR"), env!("MADE_IN")]
}

pub fn look_up(n: usize) -> Option<u32> {
    TABLE.get(n).copied()
}

pub fn sorted<T: Ord + Clone>(values: &[T]) -> Vec<T> {
    let mut sorted = values.to_vec();
    sorted.sort();
    sorted
}
`;

const MACROS = `use proc_macro::TokenStream;

#[proc_macro_derive(Named)]
pub fn named(item: TokenStream) -> TokenStream {
    let words: Vec<String> = item.into_iter().map(|token| token.to_string()).collect();
    let at = words.iter().position(|word| word == "struct" || word == "enum").unwrap();
    let name = &words[at + 1];
    format!("impl {name} {{ pub fn name() -> &'static str {{ {name:?} }} }}").parse().unwrap()
}
`;

const FFI = `#[no_mangle]
pub extern "C" fn look_up(n: usize) -> u32 {
    core_parts::look_up(n).unwrap_or_else(|| panic!("no {n}"))
}
`;

const MAIN = `#[derive(macros::Named)]
struct Tool;

fn main() {
    println!("{} {:?} {:?}", Tool::name(), core_parts::sorted(&[3, 1, 2]), core_parts::places());
    println!("{}", core_parts::look_up(7).unwrap());
}
`;

/** A workspace with every kind of output that tends to hold a path, a time or an order: what comes of it must be the same everywhere. */
const WORKSHOP: Files = {
  'Cargo.toml': `[workspace]
members = ["core-parts", "macros", "ffi", "tool"]
resolver = "2"

[profile.dev]
split-debuginfo = "packed"

[profile.unpacked]
inherits = "dev"
split-debuginfo = "unpacked"

[profile.thin]
inherits = "release"
lto = "thin"
debug = "line-tables-only"

[profile.stripped]
inherits = "release"
strip = true
codegen-units = 1
panic = "abort"
`,
  'core-parts/Cargo.toml': manifest('core-parts'),
  'core-parts/build.rs': GENERATE,
  'core-parts/src/lib.rs': CORE,
  'macros/Cargo.toml': manifest('macros', '[lib]\nproc-macro = true\n'),
  'macros/src/lib.rs': MACROS,
  'ffi/Cargo.toml': manifest(
    'ffi',
    '[lib]\ncrate-type = ["lib", "cdylib", "staticlib"]\n[dependencies]\ncore-parts = { path = "../core-parts" }\n',
  ),
  'ffi/src/lib.rs': FFI,
  'tool/Cargo.toml': manifest('tool', '[dependencies]\ncore-parts = { path = "../core-parts" }\nmacros = { path = "../macros" }\n'),
  'tool/src/main.rs': MAIN,
};

/** Makes the workshop in a directory, its lock included. */
export function makeWorkshop(
  directory: string,
  options: { readonly order?: 'forwards' | 'backwards'; readonly files?: Files } = {},
): Checkout {
  const checkout = new Checkout(directory, { ...WORKSHOP, ...options.files }, options.order);
  cargo(['generate-lockfile', '--offline'], checkout);
  return checkout;
}
