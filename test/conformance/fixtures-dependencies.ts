import type { Fixture } from './fixture.ts';
import { EMPTY_MAIN, library, manifest, script, workspaceOf } from './manifest-text.ts';

/** How packages find each other. */
export const DEPENDENCY_FIXTURES: readonly Fixture[] = [
  {
    name: 'build scripts and links',
    files: {
      'Cargo.toml': workspaceOf(['app', 'wrapper', 'native-sys', 'plugin', 'tool-sys']),
      'app/Cargo.toml': manifest('app', '[dependencies]\nwrapper = { path = "../wrapper" }\nplugin = { path = "../plugin" }\n', {
        keys: 'build = "make/build.rs"',
      }),
      'app/make/build.rs': script(
        'cargo::rustc-link-arg-bins=-Wl,--as-needed',
        'cargo::rustc-cfg=from_script',
        'cargo::rustc-check-cfg=cfg(from_script)',
      ),
      'app/src/main.rs': 'fn main() { println!("{}", wrapper::wrapper()); }\n',
      'wrapper/Cargo.toml': manifest(
        'wrapper',
        '[dependencies]\nnative-sys = { path = "../native-sys", features = ["two-words"] }\n[build-dependencies]\nnative-sys = { path = "../native-sys" }\ntool-sys = { path = "../tool-sys" }\n',
        { keys: 'links = "wrap"' },
      ),
      'wrapper/build.rs':
        'fn main() {\n    native_sys::native();\n    println!("cargo:rustc-env=FROM_DEP={}", std::env::var("DEP_NATIVE_LIB_INCLUDE_DIR").unwrap());\n    println!("cargo:root=/somewhere");\n}\n',
      'wrapper/src/lib.rs': 'pub const S: &str = env!("FROM_DEP");\npub fn wrapper() -> u32 { native_sys::native() }\n',
      'native-sys/Cargo.toml': manifest('native-sys', '[features]\ntwo-words = []\n', { keys: 'links = "native-lib"' }),
      'native-sys/build.rs':
        'fn main() {\n    let out = std::env::var("OUT_DIR").unwrap();\n    std::fs::write(format!("{out}/made.rs"), "pub const X: u32 = 3;").unwrap();\n    println!("cargo:rustc-link-search=native=/usr/lib");\n    println!("cargo:rustc-link-search=native={out}");\n    println!("cargo:rustc-link-lib=m");\n    println!("cargo:include-dir={out}/include");\n    println!("cargo:rustc-env=GREETING=hello world");\n    println!("cargo:rerun-if-changed=build.rs");\n}\n',
      'native-sys/src/lib.rs': 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\npub fn native() -> u32 { X }\n',
      'plugin/Cargo.toml': manifest('plugin', '[lib]\nproc-macro = true\n[dependencies]\ntool-sys = { path = "../tool-sys" }\n'),
      'plugin/src/lib.rs':
        'use proc_macro::TokenStream;\n#[proc_macro]\npub fn nothing(input: TokenStream) -> TokenStream { tool_sys::tool(); input }\n',
      'tool-sys/Cargo.toml': manifest('tool-sys', '', { keys: 'links = "tool"' }),
      'tool-sys/build.rs':
        'fn main() {\n    let out = std::env::var("OUT_DIR").unwrap();\n    println!("cargo:rustc-link-search={out}/lib");\n    println!("cargo:rustc-link-search=/usr/lib");\n}\n',
      'tool-sys/src/lib.rs': library('tool'),
    },
    runs: [
      { command: 'build' },
      { command: 'build', profile: 'release' },
      { command: 'build', packages: ['app'] },
      { command: 'test' },
      { command: 'build', target: '$HOST' },
    ],
  },
  {
    name: 'one crate for host and target, with different features',
    files: {
      'Cargo.toml': workspaceOf(['app', 'common', 'below']),
      'app/Cargo.toml': manifest(
        'app',
        '[dependencies]\ncommon = { path = "../common", features = ["run"] }\n[build-dependencies]\ncommon = { path = "../common", features = ["make"] }\n',
      ),
      'app/build.rs': 'fn main() { common::common(); }\n',
      'app/src/main.rs': 'fn main() { common::common(); }\n',
      'common/Cargo.toml': manifest('common', '[features]\nrun = []\nmake = []\n[dependencies]\nbelow = { path = "../below" }\n'),
      'common/build.rs': script('cargo:rerun-if-changed=build.rs'),
      'common/src/lib.rs': 'pub fn common() -> u32 { below::below() }\n',
      'below/Cargo.toml': manifest('below'),
      'below/build.rs': script('cargo:rustc-cfg=seen'),
      'below/src/lib.rs': library('below'),
    },
    runs: [
      { command: 'build', packages: ['app'] },
      { command: 'build', packages: ['app'], profile: 'release' },
      { command: 'build', workspace: true },
      { command: 'build', packages: ['app'], target: '$HOST' },
      { command: 'test', workspace: true, target: '$HOST' },
    ],
  },
  {
    name: 'renames, two versions, and a path outside the workspace',
    workspace: 'inside',
    files: {
      'inside/Cargo.toml': workspaceOf(['app', 'thing1']),
      'inside/app/Cargo.toml': manifest(
        'app',
        '[dependencies]\nfirst = { package = "thing", path = "../thing1" }\nthing = { path = "../../outside/thing2" }\nhost-tools = { path = "../../outside/tools", version = "0.1" }\n',
      ),
      'inside/app/src/main.rs': 'fn main() { println!("{}", first::thing() + thing::thing() + host_tools::tools()); }\n',
      'inside/thing1/Cargo.toml': manifest('thing'),
      'inside/thing1/src/lib.rs': library('thing'),
      'outside/thing2/Cargo.toml': manifest('thing').replace('0.1.0', '0.2.0'),
      'outside/thing2/src/lib.rs': library('thing'),
      'outside/tools/Cargo.toml': manifest('host-tools', '[lib]\npath = "code/tools.rs"\n'),
      'outside/tools/code/tools.rs': library('tools'),
      'outside/tools/build.rs': script('cargo:rustc-env=WHERE=here'),
    },
    runs: [{ command: 'build' }, { command: 'test', profile: 'release' }],
  },
  {
    name: 'git dependencies and a patch',
    workspace: 'inside',
    git: ['remote', 'other.git'],
    files: {
      'inside/Cargo.toml': manifest(
        'app',
        '[dependencies]\nnested = { git = "file://$ROOT/remote" }\npatched = { git = "file://$ROOT/other.git" }\n[patch."file://$ROOT/other.git"]\npatched = { path = "mine" }\n',
      ),
      'inside/src/main.rs': 'fn main() { println!("{}", nested::nested() + patched::patched()); }\n',
      'inside/mine/Cargo.toml': manifest('patched'),
      'inside/mine/src/lib.rs': library('patched'),
      'remote/Cargo.toml': workspaceOf(['crates/nested', 'crates/beside']),
      'remote/crates/nested/Cargo.toml': manifest('nested', '[dependencies]\nbeside = { path = "../beside" }\n[features]\nunused = []\n'),
      'remote/crates/nested/src/lib.rs': 'pub fn nested() -> u32 { beside::beside() }\n',
      'remote/crates/nested/build.rs': script('cargo:rustc-env=WHERE=git'),
      'remote/crates/beside/Cargo.toml': manifest('beside'),
      'remote/crates/beside/src/lib.rs': library('beside'),
      'other.git/Cargo.toml': manifest('patched'),
      'other.git/src/lib.rs': library('patched'),
    },
    runs: [{ command: 'build' }, { command: 'test', profile: 'release' }, { command: 'build', target: '$HOST' }],
  },
  {
    name: 'vendored sources',
    files: {
      'Cargo.toml': manifest('app', '[dependencies]\nthing = "1"\n'),
      'src/main.rs': 'fn main() { println!("{}", thing::thing()); }\n',
      '.cargo/config.toml': '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n',
      'vendor/thing/Cargo.toml': manifest('thing', '[lints.rust]\nunused = "deny"\n', { keys: 'build = "make.rs"' }).replace(
        '0.1.0',
        '1.2.3+meta',
      ),
      'vendor/thing/.cargo-checksum.json': `{"files":{},"package":"${'0'.repeat(64)}"}`,
      'vendor/thing/make.rs': script('cargo::rustc-check-cfg=cfg(never)'),
      'vendor/thing/src/lib.rs': library('thing'),
    },
    runs: [{ command: 'build' }, { command: 'build', profile: 'release', target: '$HOST' }],
  },
  {
    name: 'dev-dependencies and cycles through them',
    files: {
      'Cargo.toml': workspaceOf(['core', 'testing']),
      'core/Cargo.toml': manifest('core-part', '[dev-dependencies]\ntesting = { path = "../testing" }\n'),
      'core/src/lib.rs': `${library('core_part')}#[cfg(test)]\nmod tests {\n    #[test]\n    fn works() { testing::testing(); }\n}\n`,
      'core/tests/whole.rs': '#[test]\nfn works() { assert_eq!(core_part::core_part(), testing::testing()); }\n',
      'testing/Cargo.toml': manifest('testing', '[dependencies]\ncore-part = { path = "../core" }\n'),
      'testing/src/lib.rs': 'pub fn testing() -> u32 { core_part::core_part() }\n',
    },
    runs: [{ command: 'test' }, { command: 'build' }, { command: 'test', packages: ['core-part'] }],
  },
  {
    name: 'a links override takes the script away',
    files: {
      'Cargo.toml': workspaceOf(['app', 'native-sys']),
      '.cargo/config.toml':
        '[target.$HOST_TRIPLE.native]\nrustc-link-search = ["native=/usr/lib"]\nrustc-link-lib = ["m"]\nrustc-cfg = ["canned"]\nrustc-env = { CANNED = "yes" }\nroot = "/opt/native"\n',
      'app/Cargo.toml': manifest('app', '[dependencies]\nnative-sys = { path = "../native-sys" }\n', { keys: 'links = "app"' }),
      'app/build.rs': EMPTY_MAIN,
      'app/src/main.rs': EMPTY_MAIN,
      'native-sys/Cargo.toml': manifest('native-sys', '', { keys: 'links = "native"' }),
      'native-sys/build.rs': 'fn main() { panic!() }\n',
      'native-sys/src/lib.rs': 'pub const C: &str = env!("CANNED");\n',
    },
    runs: [{ command: 'build' }],
  },
];
