import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Checkout, type Files, TemporaryDirectory } from './checkout.ts';
import { build, complaints, type Built } from './rig.ts';

/**
 * Packages that point to each other's directories, as native crates do:
 *
 * ```
 * sources     a library for scripts; its data is found by the CARGO_MANIFEST_DIR it was compiled with (openssl-src)
 * headers     its script names a directory of its own sources as metadata, and links files into OUT_DIR (cxx, cxx-build)
 * reader      a macro that reads a file of its own package when it runs
 * app         its script reads all of that
 * ```
 */
const PACKAGES: Files = {
  'Cargo.toml': '[workspace]\nmembers = ["sources", "headers", "reader", "app"]\nresolver = "2"\n',

  'sources/Cargo.toml': '[package]\nname = "sources"\nversion = "0.1.0"\nedition = "2021"\n',
  'sources/src/lib.rs':
    'pub fn text() -> String {\n    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/text.txt")).unwrap()\n}\n',
  'sources/data/text.txt': 'compiled in\n',

  'headers/Cargo.toml': '[package]\nname = "headers"\nversion = "0.1.0"\nedition = "2021"\nlinks = "headers"\n',
  'headers/src/lib.rs': '',
  'headers/build.rs': `fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let out = std::env::var("OUT_DIR").unwrap();
    std::os::unix::fs::symlink(format!("{here}/include"), format!("{out}/all")).unwrap();
    std::os::unix::fs::symlink(&here, format!("{out}/package")).unwrap();
    std::os::unix::fs::symlink(format!("{here}/include/one.h"), format!("{out}/one.h")).unwrap();
    std::os::unix::fs::symlink(format!("{out}/one.h"), format!("{out}/again.h")).unwrap();
    std::os::unix::fs::symlink(std::env::current_dir().unwrap().join("include"), format!("{out}/resolved")).unwrap();
    std::os::unix::fs::symlink(format!("{here}/nothing"), format!("{out}/nothing.h")).unwrap();
    println!("cargo:include={here}/include");
    println!("cargo:made={out}");
}
`,
  'headers/include/one.h': 'header\n',

  'reader/Cargo.toml': '[package]\nname = "reader"\nversion = "0.1.0"\nedition = "2021"\n[lib]\nproc-macro = true\n',
  'reader/src/lib.rs':
    'use proc_macro::TokenStream;\n\n#[proc_macro]\npub fn template(_: TokenStream) -> TokenStream {\n    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/template.txt")).unwrap();\n    format!("{:?}", text.trim()).parse().unwrap()\n}\n',
  'reader/template.txt': 'template\n',

  'app/Cargo.toml':
    '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nheaders = { path = "../headers" }\nreader = { path = "../reader" }\n[build-dependencies]\nsources = { path = "../sources" }\n',
  'app/build.rs': `fn main() {
    let include = std::env::var("DEP_HEADERS_INCLUDE").unwrap();
    let made = std::env::var("DEP_HEADERS_MADE").unwrap();
    let read = |path: String| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")).trim().to_string();
    println!("cargo:rustc-env=COMPILED_IN={}", sources::text().trim());
    println!("cargo:rustc-env=INCLUDE={}", read(format!("{include}/one.h")));
    println!("cargo:rustc-env=LINKED={}", ["one.h", "again.h", "all/one.h", "resolved/one.h", "package/include/one.h"].map(|file| read(format!("{made}/{file}"))).join(","));
    println!("cargo:rustc-env=DANGLING={}", std::path::Path::new(&made).join("nothing.h").exists());
}
`,
  'app/src/main.rs':
    'fn main() {\n    println!("{} {} {} {} {}", env!("COMPILED_IN"), env!("INCLUDE"), env!("LINKED"), env!("DANGLING"), reader::template!());\n}\n',
};

let place: TemporaryDirectory;
let checkout: Checkout;

function buildIt(sandbox: 'auto' | 'off'): Promise<Built> {
  return build({ directory: checkout.directory, store: place.join('store'), targets: ['app'], profile: 'dev', sandbox });
}

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('packages'), PACKAGES);
  execFileSync('cargo', ['generate-lockfile', '--offline', '--quiet'], { cwd: checkout.directory });
});

afterAll(() => place[Symbol.dispose]());

test.each(['auto', 'off'] as const)(
  'a directory of another package is there for whoever was told of it, with sandbox `%s`',
  { timeout: 120_000 },
  async (sandbox) => {
    const built = await buildIt(sandbox);
    expect(built.ok, complaints(built)).toBe(true);
    const said = execFileSync(checkout.path('result/bin/app'), { encoding: 'utf8' });
    expect(said).toBe('compiled in header header,header,header,header,header false template\n');
  },
);

test('an edit in a directory that was only named runs what has seen it again', { timeout: 120_000 }, async () => {
  await buildIt('auto');
  checkout.write('sources/data/text.txt', 'other\n');
  const built = await buildIt('auto');
  expect(built.ok, complaints(built)).toBe(true);
  expect(built.executed).toContain('app script run');
  expect(execFileSync(checkout.path('result/bin/app'), { encoding: 'utf8' })).toContain('other');
});
