import type { Fixture } from './fixture.ts';
import { EMPTY_MAIN, library, manifest, workspaceOf } from './manifest-text.ts';

const TEST = '#[test]\nfn works() {}\n';

/** What a package can be made of. */
export const TARGET_FIXTURES: readonly Fixture[] = [
  {
    name: 'every kind of target',
    files: {
      'Cargo.toml': manifest(
        'many-parts',
        '[[example]]\nname = "plugin-like"\ncrate-type = ["cdylib"]\n[[example]]\nname = "library-like"\ncrate-type = ["lib"]\n[[test]]\nname = "plain"\nharness = false\n[[bench]]\nname = "speed"\nharness = false\n[[bin]]\nname = "second-program"\npath = "src/second.rs"\n[dev-dependencies]\nchecks = { path = "checks" }\n',
        {
          keys: 'authors = ["A <a@x>", "B"]\ndescription = "two\\nlines, it\'s!"\nlicense = "MIT"\nreadme = "README.md"\nrust-version = "1.70"',
        },
      ),
      'README.md': '# many\n',
      'src/lib.rs': library('many'),
      'src/main.rs': EMPTY_MAIN,
      'src/second.rs': EMPTY_MAIN,
      'src/bin/third.rs': EMPTY_MAIN,
      'examples/show-me.rs': EMPTY_MAIN,
      'examples/plugin-like.rs': library('plugin'),
      'examples/library-like.rs': library('example'),
      'tests/whole.rs': `${TEST}#[test]\nfn finds() { assert!(env!("CARGO_BIN_EXE_second-program").len() > 0); }\n`,
      'tests/plain.rs': EMPTY_MAIN,
      'benches/speed.rs': EMPTY_MAIN,
      'checks/Cargo.toml': manifest('checks'),
      'checks/src/lib.rs': library('checks'),
    },
    runs: [
      { command: 'build' },
      { command: 'build', profile: 'release' },
      { command: 'build', targets: ['--all-targets'] },
      { command: 'build', targets: ['--bin=third'] },
      { command: 'build', targets: ['--examples'] },
      { command: 'test' },
      { command: 'test', profile: 'release' },
      { command: 'bench' },
      { command: 'check' },
      { command: 'clippy', targets: ['--all-targets'] },
    ],
  },
  {
    name: 'proc macros, re-exported and used in private',
    files: {
      'Cargo.toml': workspaceOf(['app', 'upper', 'quiet', 'facade', 'macros', 'syntax']),
      'app/Cargo.toml': manifest('app', '[dependencies]\nfacade = { path = "../facade" }\nupper = { path = "../upper" }\n'),
      'app/src/main.rs': 'fn main() { println!("{}", facade::one!() + upper::upper()); }\n',
      'upper/Cargo.toml': manifest('upper', '[dependencies]\nquiet = { path = "../quiet" }\n'),
      'upper/src/lib.rs': 'pub fn upper() -> u32 { quiet::quiet() }\n',
      'quiet/Cargo.toml': manifest('quiet', '[dependencies]\nmacros = { path = "../macros" }\nsyntax = { path = "../syntax" }\n'),
      'quiet/src/lib.rs': 'pub fn quiet() -> u32 { hidden() + syntax::syntax() }\nfn hidden() -> u32 { macros::one!() }\n',
      'facade/Cargo.toml': manifest('facade', '[dependencies]\nmacros = { path = "../macros" }\n'),
      'facade/src/lib.rs': 'pub use macros::one;\n',
      'macros/Cargo.toml': manifest('macros', '[lib]\nproc-macro = true\n[dependencies]\nsyntax = { path = "../syntax" }\n'),
      'macros/src/lib.rs':
        'use proc_macro::TokenStream;\n#[proc_macro]\npub fn one(_: TokenStream) -> TokenStream { syntax::syntax().to_string().parse().unwrap() }\n',
      'syntax/Cargo.toml': manifest('syntax'),
      'syntax/src/lib.rs': library('syntax'),
    },
    runs: [{ command: 'build' }, { command: 'build', profile: 'release' }, { command: 'test' }, { command: 'check' }],
  },
  {
    name: 'library crate types',
    files: {
      'Cargo.toml': workspaceOf(['app', 'mixed', 'archive', 'base']),
      'app/Cargo.toml': manifest('app', '[dependencies]\nmixed = { path = "../mixed" }\n'),
      'app/src/main.rs': 'fn main() { println!("{}", mixed::mixed()); }\n',
      'mixed/Cargo.toml': manifest('mixed', '[lib]\ncrate-type = ["cdylib", "rlib"]\n[dependencies]\nbase = { path = "../base" }\n'),
      'mixed/src/lib.rs': 'pub fn mixed() -> u32 { base::base() }\n',
      'archive/Cargo.toml': manifest('archive', '[lib]\ncrate-type = ["staticlib"]\n[dependencies]\nbase = { path = "../base" }\n'),
      'archive/src/lib.rs': '#[no_mangle]\npub extern "C" fn archive() -> u32 { base::base() }\n',
      'base/Cargo.toml': manifest('base'),
      'base/src/lib.rs': library('base'),
    },
    runs: [
      { command: 'build' },
      { command: 'build', profile: 'release', packages: ['archive'] },
      { command: 'build', packages: ['mixed'] },
    ],
  },
  {
    name: 'dynamic libraries',
    files: {
      'Cargo.toml': workspaceOf(['shared', 'shared-user', 'base']),
      '.cargo/config.toml': '[build]\nrustflags = ["-C", "prefer-dynamic"]\n',
      'shared/Cargo.toml': manifest('shared', '[lib]\ncrate-type = ["dylib"]\n[dependencies]\nbase = { path = "../base" }\n'),
      'shared/src/lib.rs': 'pub fn shared() -> u32 { base::base() }\n',
      'shared-user/Cargo.toml': manifest('shared-user', '[dependencies]\nshared = { path = "../shared" }\n'),
      'shared-user/src/main.rs': 'fn main() { println!("{}", shared::shared()); }\n',
      'base/Cargo.toml': manifest('base'),
      'base/src/lib.rs': library('base'),
    },
    runs: [{ command: 'build' }, { command: 'build', packages: ['shared-user'] }, { command: 'test', packages: ['shared-user'] }],
  },
  {
    name: 'required features and default features',
    files: {
      'Cargo.toml': manifest(
        'choosy',
        '[features]\ndefault = ["plain"]\nplain = []\nextra-part = ["dep:helper"]\n[dependencies]\nhelper = { path = "helper", optional = true }\nimplied = { path = "implied", optional = true }\n[[bin]]\nname = "tool"\nrequired-features = ["extra-part"]\n[[test]]\nname = "deep"\nrequired-features = ["extra-part"]\n',
      ),
      'src/lib.rs': library('choosy'),
      'src/bin/tool.rs': EMPTY_MAIN,
      'tests/deep.rs': TEST,
      'tests/shallow.rs': TEST,
      'helper/Cargo.toml': manifest('helper'),
      'helper/src/lib.rs': library('helper'),
      'implied/Cargo.toml': manifest('implied'),
      'implied/src/lib.rs': library('implied'),
    },
    runs: [
      { command: 'build' },
      { command: 'build', features: ['extra-part', 'implied'] },
      { command: 'build', noDefaultFeatures: true },
      { command: 'test', features: ['extra-part'] },
      { command: 'test' },
    ],
  },
  {
    name: 'editions and lints',
    files: {
      'Cargo.toml': workspaceOf(
        ['old', 'new'],
        '[workspace.lints.rust]\nunsafe_code = "deny"\nunexpected_cfgs = { level = "warn", check-cfg = ["cfg(special)", "cfg(kind, values(\\"a\\"))"] }\n[workspace.lints.clippy]\nall = { level = "warn", priority = -1 }\n[workspace.lints.rustdoc]\nbroken_intra_doc_links = "deny"\n',
      ),
      'old/Cargo.toml': manifest('old', '[lints]\nworkspace = true\n', { edition: '2015' }),
      'old/src/lib.rs': library('old'),
      'new/Cargo.toml': manifest(
        'new',
        '[lints.rust]\nunused = { level = "allow", priority = -1 }\nunused_mut = "forbid"\n[dependencies]\nold = { path = "../old" }\n',
        {
          edition: '2024',
        },
      ),
      'new/src/main.rs': 'fn main() { old::old(); }\n',
    },
    runs: [{ command: 'build' }, { command: 'test' }, { command: 'clippy', targets: ['--all-targets'] }],
  },
];
