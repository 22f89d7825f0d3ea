/**
 * Crates that, as (indirect) build-dependencies of a build script, let it run a program: the programs are let in when they are
 * there. Whether the script really runs one depends on its features, so a missing one is no error before the script says so.
 */
export const BUILD_TOOLS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    cmake: ['cmake', 'make', 'ninja'],
    autotools: ['autoconf', 'automake', 'libtool', 'make', 'm4'],
    'meson-next': ['meson', 'ninja'],
    cc: ['cc', 'c++', 'ar'],
    'cxx-build': ['cc', 'c++', 'ar'],
    'nasm-rs': ['nasm'],
    'openssl-src': ['perl', 'make'],
    'pkg-config': ['pkg-config'],
    metadeps: ['pkg-config'],
    'system-deps': ['pkg-config'],
    'clang-sys': ['libclang', 'llvm-config', 'clang'],
    bindgen: ['libclang', 'clang'],
    'autocxx-build': ['libclang', 'clang'],
    'prost-build': ['protoc'],
    'tonic-build': ['protoc'],
    'tonic-prost-build': ['protoc'],
    'protobuf-codegen': ['protoc'],
    'protobuf-build': ['protoc'],
    'grpcio-compiler': ['protoc'],
    protoc: ['protoc'],
    'protoc-rust': ['protoc'],
    capnpc: ['capnp'],
    'flatc-rust': ['flatc'],
    'pyo3-build-config': ['python3'],
    'python3-sys': ['python3'],
    'rb-sys-build': ['ruby'],
    'llvm-sys': ['llvm-config'],
    'luajit-src': ['make'],
    'vergen-gitcl': ['git'],
    'glib-build-tools': ['glib-compile-resources', 'glib-compile-schemas'],
    'embed-resource': ['windres'],
  }),
);

/**
 * Crates with `links` that need nothing beyond rustc and a C compiler: `links` alone says that a native library may be wanted, so
 * without this list they would be reported as not covered. `ring` and `prettyplease` carry their version in `links`.
 */
export const NOTHING_NEEDED: ReadonlySet<string> = new Set([
  'compiler_builtins',
  'core-foundation-sys',
  'cxx',
  'fsevent-sys',
  'libfuzzer-sys',
  'libmimalloc-sys',
  'libnghttp2-sys',
  'link-cplusplus',
  'lmdb-master-sys',
  'lz4-sys',
  'md5-asm',
  'objc-sys',
  'objc_exception',
  'prettyplease',
  'psm',
  'rayon-core',
  'ring',
  'rquickjs-sys',
  'secp256k1-sys',
  'sha1-asm',
  'sha2-asm',
  'tree-sitter',
  'wasm-bindgen-shared',
  'zstd-sys',
]);
