import type { MachineNeed, Refusal, Subject, WrittenSource } from './subject.ts';

const CC: MachineNeed = { present: 'cc', debian: 'gcc' };
const CXX: MachineNeed = { present: 'c++', debian: 'g++' };
const MAKE: MachineNeed = { present: 'make', debian: 'make' };
const PERL: MachineNeed = { present: 'perl', debian: 'perl' };
const PKG_CONFIG: MachineNeed = { present: 'pkg-config', debian: 'pkg-config' };
const ZLIB: MachineNeed = { present: '/usr/include/zlib.h', debian: 'zlib1g-dev' };
const OPENSSL: MachineNeed = { present: '/usr/include/openssl/ssl.h', debian: 'libssl-dev' };
const LIBCLANG: MachineNeed = { present: '/usr/lib/llvm-*/lib/libclang.so', debian: 'libclang-dev' };
const PROTOC: MachineNeed = { present: 'protoc', debian: 'protobuf-compiler' };
const PYTHON: MachineNeed = { present: '/usr/bin/python3', debian: 'python3' };
const PYTHON_DEV: MachineNeed = { present: '/usr/include/python3*/Python.h', debian: 'python3-dev' };

/** One small workspace for each way in which crates meet native code, generated code, or files that are not Rust. */
export const NATIVE_CRATES: readonly Subject[] = [
  native({
    name: 'libz-sys',
    needs: [CC, PKG_CONFIG, ZLIB],
    dependencies: 'libz-sys = "=1.1.31"',
    main: `use std::ffi::CStr;
fn main() { println!("zlib {}", unsafe { CStr::from_ptr(libz_sys::zlibVersion()) }.to_str().unwrap()); }`,
  }),
  native({
    name: 'libz-sys-static',
    needs: [CC],
    dependencies: 'libz-sys = { version = "=1.1.31", features = ["static"] }',
    main: `use std::ffi::CStr;
fn main() { println!("zlib {}", unsafe { CStr::from_ptr(libz_sys::zlibVersion()) }.to_str().unwrap()); }`,
  }),
  native({
    name: 'zstd-sys',
    needs: [CC],
    dependencies: 'zstd-sys = "=2.1.2"',
    main: 'fn main() { println!("zstd {}", unsafe { zstd_sys::ZSTD_versionNumber() }); }',
  }),
  native({
    name: 'libsqlite3-sys',
    needs: [CC],
    dependencies: 'libsqlite3-sys = { version = "=0.39.1", features = ["bundled"] }',
    main: `use std::ffi::CStr;
fn main() { println!("sqlite {}", unsafe { CStr::from_ptr(libsqlite3_sys::sqlite3_libversion()) }.to_str().unwrap()); }`,
  }),
  native({
    name: 'openssl-sys',
    needs: [CC, PKG_CONFIG, OPENSSL],
    dependencies: 'openssl-sys = "=0.9.118"',
    main: 'fn main() { println!("openssl {:x}", unsafe { openssl_sys::OpenSSL_version_num() }); }',
    refusals: [{ hide: '/usr/lib/x86_64-linux-gnu/pkgconfig', code: 'F0801', says: ['openssl-sys', 'libssl-dev'] }],
  }),
  native({
    name: 'openssl-vendored',
    needs: [CC, MAKE, PERL],
    dependencies: 'openssl-sys = { version = "=0.9.118", features = ["vendored"] }',
    main: 'fn main() { println!("openssl {:x}", unsafe { openssl_sys::OpenSSL_version_num() }); }',
  }),
  native({
    name: 'ring',
    needs: [CC],
    dependencies: 'ring = "=0.17.14"',
    main: 'fn main() { println!("{:?}", ring::digest::digest(&ring::digest::SHA256, b"ferrule")); }',
  }),
  native({
    name: 'tikv-jemallocator',
    needs: [CC, MAKE],
    dependencies: 'tikv-jemallocator = "=0.7.0"',
    main: `#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
fn main() { println!("{} bytes", unsafe { tikv_jemallocator::usable_size(Box::leak(Box::new([0u8; 1000])).as_ptr()) }); }`,
  }),
  native({
    name: 'cxx',
    needs: [CXX],
    dependencies: 'cxx = "=1.0.205"\n[build-dependencies]\ncxx-build = "=1.0.205"',
    build: 'fn main() { cxx_build::bridge("src/main.rs").file("src/sum.cc").std("c++17").compile("sum"); }',
    main: `#[cxx::bridge]
mod ffi {
    unsafe extern "C++" {
        include!("cxx-user/include/sum.h");
        fn sum(numbers: &[i32]) -> i32;
    }
}
fn main() { println!("{}", ffi::sum(&[1, 2, 39])); }`,
    files: {
      'include/sum.h': '#pragma once\n#include "rust/cxx.h"\nstd::int32_t sum(rust::Slice<const std::int32_t> numbers);\n',
      'src/sum.cc':
        '#include "cxx-user/include/sum.h"\n#include <numeric>\nstd::int32_t sum(rust::Slice<const std::int32_t> numbers) { return std::accumulate(numbers.begin(), numbers.end(), 0); }\n',
    },
  }),
  native({
    name: 'bindgen',
    needs: [CC, LIBCLANG],
    dependencies: '[build-dependencies]\nbindgen = "=0.72.1"',
    build: `fn main() {
    println!("cargo:rerun-if-changed=wrapper.h");
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR").unwrap());
    bindgen::Builder::default().header("wrapper.h").generate().unwrap().write_to_file(out.join("bindings.rs")).unwrap();
}`,
    main: `#![allow(dead_code, non_camel_case_types, non_upper_case_globals, non_snake_case)]
mod bindings { include!(concat!(env!("OUT_DIR"), "/bindings.rs")); }
fn main() { println!("{} {}", std::mem::size_of::<bindings::point>(), bindings::ANSWER); }`,
    files: { 'wrapper.h': '#include <stdint.h>\n#include <stddef.h>\nstruct point { int64_t x; size_t y; };\nenum { ANSWER = 42 };\n' },
  }),
  native({
    name: 'prost-build',
    needs: [PROTOC],
    dependencies: 'prost = "=0.14.4"\n[build-dependencies]\nprost-build = "=0.14.4"',
    build: 'fn main() { prost_build::compile_protos(&["proto/greeting.proto"], &["proto"]).unwrap(); }',
    main: `mod greeting { include!(concat!(env!("OUT_DIR"), "/greeting.rs")); }
fn main() { use prost::Message; println!("{:?}", greeting::Hello { name: "ferrule".into(), at: vec![1, 300] }.encode_to_vec()); }`,
    files: {
      'proto/greeting.proto':
        'syntax = "proto3";\npackage greeting;\nmessage Hello { string name = 1; repeated int32 at = 2 [packed = true]; }\n',
    },
  }),
  {
    ...native({
      name: 'pyo3-extension',
      needs: [PYTHON],
      dependencies: 'pyo3 = { version = "=0.26.0", features = ["extension-module"] }',
      lib: `use pyo3::prelude::*;
#[pyfunction]
fn add(left: i64, right: i64) -> i64 { left + right }
#[pymodule]
fn sums(module: &Bound<'_, PyModule>) -> PyResult<()> { module.add_function(wrap_pyfunction!(add, module)?) }`,
      manifest: '[lib]\nname = "sums"\ncrate-type = ["cdylib"]',
    }),
    commands: [
      {
        words: [
          '/usr/bin/python3',
          '-c',
          'import sys; from importlib.machinery import ExtensionFileLoader as L; from importlib.util import *; s = spec_from_file_location("sums", sys.argv[1] + "/lib/libsums.so", loader=L("sums", sys.argv[1] + "/lib/libsums.so")); m = module_from_spec(s); s.loader.exec_module(m); print(m.add(40, 2))',
          '$RESULT',
        ],
      },
    ],
  },
  native({
    name: 'protoc-vendored',
    dependencies: 'prost = "=0.14.4"\n[build-dependencies]\nprost-build = "=0.14.4"\nprotoc-bin-vendored = "=3.2.0"',
    build: `fn main() {
    let mut config = prost_build::Config::new();
    config.protoc_executable(protoc_bin_vendored::protoc_bin_path().unwrap());
    config.compile_protos(&["greeting.proto"], &["."]).unwrap();
}`,
    main: `mod greeting { include!(concat!(env!("OUT_DIR"), "/greeting.rs")); }
fn main() { use prost::Message; println!("{:?}", greeting::Hello { name: "ferrule".into() }.encode_to_vec()); }`,
    files: { 'greeting.proto': 'syntax = "proto3";\npackage greeting;\nmessage Hello { string name = 1; }\n' },
  }),
  native({
    name: 'mlua-vendored',
    needs: [CC],
    dependencies: 'mlua = { version = "=0.11.4", features = ["lua54", "vendored"] }',
    main: 'fn main() { println!("{}", mlua::Lua::new().load("return 6 * 7").eval::<i64>().unwrap()); }',
  }),
  native({
    name: 'pyo3-embedded',
    needs: [PYTHON, PYTHON_DEV, CC],
    dependencies: 'pyo3 = { version = "=0.26.0", features = ["auto-initialize"] }',
    main: `use pyo3::prelude::*;
fn main() { Python::attach(|python| { let answer: i64 = python.eval(c"6 * 7", None, None).unwrap().extract().unwrap(); println!("{answer}"); }); }`,
  }),
  native({
    name: 'aws-lc-sys',
    needs: [CC],
    dependencies: 'aws-lc-rs = "=1.17.1"',
    main: 'fn main() { println!("{:?}", aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"ferrule")); }',
  }),
  native({
    name: 'sqlx',
    needs: [CC],
    dependencies:
      'sqlx = { version = "=0.8.6", default-features = false, features = ["sqlite", "macros", "runtime-tokio"] }\ntokio = { version = "1", features = ["rt", "macros"] }',
    main: `#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
    let row = sqlx::query!("SELECT 42 AS answer").fetch_one(&pool).await.unwrap();
    println!("{}", row.answer);
}`,
    files: {
      '.sqlx/query-44f714003bf46bdac57dbb27fd1995c656bfc5246dd5e3d0104ce329159ab0d1.json': JSON.stringify({
        db_name: 'SQLite',
        query: 'SELECT 42 AS answer',
        describe: { columns: [{ name: 'answer', ordinal: 0, type_info: 'Integer' }], parameters: { Right: 0 }, nullable: [false] },
        hash: '44f714003bf46bdac57dbb27fd1995c656bfc5246dd5e3d0104ce329159ab0d1',
      }),
    },
  }),
  native({
    name: 'proc-macro-crate',
    dependencies: 'numbers = { package = "num_enum", version = "=0.7.4" }',
    main: `#[derive(Debug, numbers::TryFromPrimitive)]
#[repr(u8)]
enum Colour { Red = 1, Green = 2 }
fn main() { println!("{:?} {:?}", Colour::try_from(1u8).unwrap(), Colour::try_from(2u8).unwrap()); }`,
  }),
  native({
    name: 'include_dir',
    dependencies: 'include_dir = "=0.7.4"',
    main: `static TEXTS: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/texts");
fn main() { for file in TEXTS.files() { println!("{} {:?}", file.path().display(), file.contents_utf8()); } }`,
    files: { 'texts/one.txt': 'one', 'texts/two.txt': 'two' },
  }),
  native({
    name: 'rust-embed',
    dependencies: 'rust-embed = { version = "=8.7.2", features = ["debug-embed"] }',
    main: `#[derive(rust_embed::Embed)]
#[folder = "texts/"]
struct Texts;
fn main() { for path in Texts::iter() { println!("{path} {:?}", std::str::from_utf8(&Texts::get(&path).unwrap().data)); } }`,
    files: { 'texts/one.txt': 'one', 'texts/below/two.txt': 'two' },
  }),
  native({
    name: 'git-dependency',
    dependencies: 'greeting = { git = "file://$ROOT/repository" }',
    main: 'fn main() { println!("{}", greeting::hello()); }',
    repository: {
      'Cargo.toml': '[workspace]\nmembers = ["greeting", "words"]\n[workspace.package]\nversion = "0.3.0"\nedition = "2021"\n',
      'greeting/Cargo.toml':
        '[package]\nname = "greeting"\nversion.workspace = true\nedition.workspace = true\n[dependencies]\nwords = { path = "../words" }\n',
      'greeting/src/lib.rs':
        'pub fn hello() -> &\'static str { concat!(include_str!("../../hello.txt"), env!("CARGO_PKG_VERSION")) }\npub use words::WORD;\n',
      'words/Cargo.toml': '[package]\nname = "words"\nversion.workspace = true\nedition.workspace = true\n',
      'words/src/lib.rs': 'pub const WORD: &str = "word";\n',
      'hello.txt': 'hello ',
    },
  }),
  native({
    name: 'vendored',
    needs: [CC],
    dependencies: 'itoa = "=1.0.15"\nlibz-sys = { version = "=1.1.31", features = ["static"] }',
    main: 'fn main() { println!("{} {}", itoa::Buffer::new().format(42), unsafe { libz_sys::zlibCompileFlags() } > 0); }',
    vendored: true,
  }),
  {
    name: 'script-reads-files',
    profile: 'dev',
    commands: [{ words: ['bin/reader'] }],
    source: {
      kind: 'written',
      files: {
        'Cargo.toml': '[workspace]\nmembers = ["reader"]\nresolver = "2"\n',
        'ferrule.toml': '[[override]]\ncrate = "reader"\ninputs = ["../shared/*.txt"]\n',
        'shared/greeting.txt': 'hello\n',
        'reader/Cargo.toml': '[package]\nname = "reader"\nversion = "0.1.0"\nedition = "2021"\n',
        'reader/src/main.rs': 'fn main() { println!("{}", env!("GREETING")); }\n',
        'reader/build.rs': `fn main() {
    let path = std::env::current_dir().unwrap().parent().unwrap().join("shared").join("greeting.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("cargo:rustc-env=GREETING={}", text.trim());
}
`,
      },
    },
    refusals: [{ files: { 'ferrule.toml': '' }, code: 'F0421', says: ['reader', '../shared/greeting.txt', 'inputs = '] }],
  },
];

interface NativeCrate {
  readonly name: string;
  readonly needs?: readonly MachineNeed[];
  /** Lines behind `[dependencies]`; `$ROOT` as in a written source. */
  readonly dependencies: string;
  readonly manifest?: string;
  readonly main?: string;
  readonly lib?: string;
  readonly build?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly repository?: Readonly<Record<string, string>>;
  readonly vendored?: boolean;
  readonly refusals?: readonly Refusal[];
}

function native(crate: NativeCrate): Subject {
  const { name, needs, repository, vendored, refusals } = crate;
  const source: WrittenSource = {
    kind: 'written',
    files: {
      'Cargo.toml': `[package]\nname = "${name}-user"\nversion = "0.1.0"\nedition = "2021"\n${crate.manifest ?? ''}\n[dependencies]\n${crate.dependencies}\n`,
      ...(crate.main === undefined ? {} : { 'src/main.rs': `${crate.main}\n` }),
      ...(crate.lib === undefined ? {} : { 'src/lib.rs': `${crate.lib}\n` }),
      ...(crate.build === undefined ? {} : { 'build.rs': `${crate.build}\n` }),
      ...crate.files,
    },
    ...(repository === undefined ? {} : { repository }),
    ...(vendored === undefined ? {} : { vendored }),
  };
  return {
    name,
    source,
    profile: 'dev',
    commands: [{ words: [`bin/${name}-user`] }],
    ...(needs === undefined ? {} : { needs }),
    ...(refusals === undefined ? {} : { refusals }),
  };
}
