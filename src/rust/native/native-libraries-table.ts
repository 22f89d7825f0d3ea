/** One row of the built-in table: what a crate's build script wants from the machine. */
export interface NativeEntry {
  readonly crate: string;
  /** Requirement in cargo's spelling; absent: every version. */
  readonly version?: string;
  /** `cfg(…)`; absent: every platform. */
  readonly platform?: string;
  /** The row counts only if one of these features is on. */
  readonly with?: readonly string[];
  /** The row does not count if one of these features is on. */
  readonly without?: readonly string[];
  /** The row counts only if one of these variables is set. */
  readonly whenSet?: readonly string[];
  /** pkg-config modules without which the script fails. */
  readonly pkgConfig?: readonly string[];
  /** pkg-config modules it uses when they are there; else it builds the source it brings along, or goes without. */
  readonly optionalPkgConfig?: readonly string[];
  /** Libraries linked by name, without pkg-config. */
  readonly libraries?: readonly string[];
  readonly tools?: readonly string[];
  readonly optionalTools?: readonly string[];
  /** Variables that make the script go another way (say where the library is): with one of them set nothing here is required or unused. */
  readonly unlessSet?: readonly string[];
  /** Files beyond the package's own, as patterns relative to the package. */
  readonly inputs?: readonly string[];
  /** Tools that come with its build-dependencies and that it never runs here. */
  readonly unusedTools?: readonly string[];
}

const UNIX = 'cfg(unix)';
const LINUX = 'cfg(target_os = "linux")';
const NOT_WINDOWS = 'cfg(not(windows))';
const APPLE = 'cfg(target_vendor = "apple")';
const NOT_APPLE = 'cfg(all(unix, not(target_vendor = "apple")))';
const AWS_LC_WITHOUT_CMAKE = 'cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))';
const GSTREAMER = ['app', 'audio', 'base', 'net', 'pbutils', 'rtsp', 'sdp', 'tag', 'video', 'webrtc'] as const;
const WAYLAND = ['client', 'cursor', 'egl', 'server'] as const;
const X11 = [
  'x11',
  'xcursor',
  'xft',
  'xi',
  'xinerama',
  'xmu',
  'xrandr',
  'xrender',
  'xscrnsaver',
  'xt',
  'xtst',
  'xxf86vm',
  'x11-xcb',
  'gl',
] as const;
const FFMPEG = ['libavutil', 'libavcodec', 'libavformat', 'libavfilter', 'libavdevice', 'libswscale', 'libswresample'] as const;
const VENDORED_SQLITE = ['bundled', 'bundled-sqlcipher', 'bundled-sqlcipher-vendored-openssl', 'loadable_extension', 'in_gecko'] as const;
const LUA = ['lua5.4', 'lua-5.4', 'lua54', 'lua5.3', 'lua5.2', 'lua5.1', 'luajit', 'lua'] as const;

/**
 * Needs of the usual `-sys` crates, read from their build scripts (versions current in autumn 2026) and from the collections of
 * nixpkgs (`defaultCrateOverrides`) and unit2nix. Several rows for one crate add up. Tools that a build-dependency runs are in
 * `native-build-tools.ts`; modules declared in `[package.metadata.system-deps]` are read from there.
 */
export const NATIVE_LIBRARIES: readonly NativeEntry[] = [
  // Cryptography and TLS
  { crate: 'cryptography-cffi', inputs: ['../../_cffi_src', '../../cryptography/__about__.py'] },
  {
    crate: 'openssl-sys',
    platform: NOT_APPLE,
    without: ['vendored', 'aws-lc', 'aws-lc-fips', 'unstable_boringssl'],
    pkgConfig: ['openssl'],
    unlessSet: ['OPENSSL_DIR', 'OPENSSL_LIB_DIR'],
  },
  { crate: 'openssl-sys', platform: APPLE, without: ['vendored'], optionalPkgConfig: ['openssl'] },
  { crate: 'openssl-sys', with: ['vendored'], tools: ['perl', 'make'] },
  { crate: 'openssl-sys', with: ['vendored'], whenSet: ['OPENSSL_NO_VENDOR'], optionalPkgConfig: ['openssl'] },
  {
    crate: 'aws-lc-sys',
    version: '>=0.22',
    platform: AWS_LC_WITHOUT_CMAKE,
    without: ['bindgen', 'fips'],
    unusedTools: ['cmake', 'make', 'ninja'],
    unlessSet: ['AWS_LC_SYS_CMAKE_BUILDER', 'AWS_LC_SYS_NO_ASM'],
  },
  { crate: 'aws-lc-fips-sys', tools: ['cmake', 'go', 'perl'] },
  { crate: 'boring-sys', tools: ['cmake', 'libclang'], optionalTools: ['git', 'go', 'perl'] },
  { crate: 'libsodium-sys-stable', with: ['use-pkg-config'], optionalPkgConfig: ['libsodium'] },
  { crate: 'libsodium-sys-stable', whenSet: ['SODIUM_USE_PKG_CONFIG'], pkgConfig: ['libsodium'] },
  {
    crate: 'libsodium-sys-stable',
    platform: UNIX,
    without: ['use-pkg-config'],
    tools: ['make'],
    unlessSet: ['SODIUM_LIB_DIR', 'SODIUM_USE_PKG_CONFIG'],
  },
  { crate: 'libsodium-sys', optionalPkgConfig: ['libsodium'], optionalTools: ['make'] },
  { crate: 'thrussh-libsodium', pkgConfig: ['libsodium'], unlessSet: ['SODIUM_LIB_DIR'] },
  { crate: 'nettle-sys', pkgConfig: ['nettle', 'hogweed'], tools: ['libclang'] },
  { crate: 'gpgme-sys', optionalPkgConfig: ['gpgme'], optionalTools: ['gpgme-config'] },
  { crate: 'libgpg-error-sys', optionalPkgConfig: ['gpg-error'], optionalTools: ['gpg-error-config'] },
  { crate: 'botan-src', tools: ['python3', 'make'] },
  { crate: 'oqs-sys', tools: ['cmake', 'libclang'], optionalPkgConfig: ['liboqs'] },
  { crate: 'pcsc-sys', platform: NOT_APPLE, pkgConfig: ['libpcsclite'], unlessSet: ['PCSC_LIB_DIR'] },
  { crate: 'tss-esapi-sys', pkgConfig: ['tss2-sys', 'tss2-esys', 'tss2-mu', 'tss2-tctildr'] },

  // Compression
  { crate: 'libz-sys', without: ['static', 'zlib-ng', 'zlib-ng-no-cmake-experimental-community-maintained'], optionalPkgConfig: ['zlib'] },
  { crate: 'libz-sys', with: ['zlib-ng'], without: ['stock-zlib'], tools: ['cmake'] },
  { crate: 'bzip2-sys', without: ['static'], optionalPkgConfig: ['bzip2'] },
  { crate: 'lzma-sys', without: ['static'], optionalPkgConfig: ['liblzma'] },
  { crate: 'liblzma-sys', without: ['static'], optionalPkgConfig: ['liblzma'] },
  { crate: 'zstd-sys', with: ['pkg-config'], optionalPkgConfig: ['libzstd'] },
  { crate: 'zstd-sys', whenSet: ['ZSTD_SYS_USE_PKG_CONFIG'], pkgConfig: ['libzstd'] },
  { crate: 'libarchive3-sys', pkgConfig: ['libarchive'] },
  { crate: 'compress-tools', platform: UNIX, pkgConfig: ['libarchive'] },

  // Databases and storage
  {
    crate: 'libsqlite3-sys',
    platform: NOT_APPLE,
    without: [...VENDORED_SQLITE, 'sqlcipher'],
    pkgConfig: ['sqlite3'],
    unlessSet: ['SQLITE3_LIB_DIR'],
  },
  { crate: 'libsqlite3-sys', with: ['sqlcipher'], without: VENDORED_SQLITE, pkgConfig: ['sqlcipher'], unlessSet: ['SQLCIPHER_LIB_DIR'] },
  {
    crate: 'libsqlite3-sys',
    with: ['bundled-sqlcipher'],
    without: ['bundled-sqlcipher-vendored-openssl'],
    libraries: ['crypto'],
    unlessSet: ['OPENSSL_DIR', 'OPENSSL_LIB_DIR'],
  },
  {
    crate: 'pq-sys',
    platform: NOT_WINDOWS,
    without: ['bundled', 'bundled_without_openssl'],
    libraries: ['pq'],
    optionalTools: ['pg_config'],
    unlessSet: ['PQ_LIB_DIR'],
  },
  {
    crate: 'pq-sys',
    platform: NOT_WINDOWS,
    with: ['pkg-config'],
    without: ['bundled', 'bundled_without_openssl'],
    optionalPkgConfig: ['libpq'],
  },
  {
    crate: 'mysqlclient-sys',
    platform: NOT_WINDOWS,
    without: ['bundled'],
    optionalPkgConfig: ['mysqlclient', 'libmariadb'],
    optionalTools: ['mysql_config'],
  },
  { crate: 'librocksdb-sys', tools: ['libclang'] },
  { crate: 'librocksdb-sys', with: ['io-uring'], pkgConfig: ['liburing'] },
  { crate: 'libduckdb-sys', without: ['bundled'], optionalPkgConfig: ['duckdb'], libraries: ['duckdb'], unlessSet: ['DUCKDB_LIB_DIR'] },
  { crate: 'lmdb-sys', optionalPkgConfig: ['lmdb'] },
  { crate: 'lmdb-rkv-sys', optionalPkgConfig: ['lmdb'] },
  { crate: 'foundationdb-sys', tools: ['libclang'], libraries: ['fdb_c'] },
  { crate: 'rdkafka-sys', with: ['cmake-build', 'cmake_build'], tools: ['cmake'] },
  { crate: 'rdkafka-sys', with: ['dynamic-linking', 'dynamic_linking'], pkgConfig: ['rdkafka'] },
  {
    crate: 'rdkafka-sys',
    without: ['cmake-build', 'cmake_build', 'dynamic-linking', 'dynamic_linking', 'static-external'],
    tools: ['make'],
    optionalTools: ['python3'],
    optionalPkgConfig: ['zlib', 'libzstd', 'openssl', 'libsasl2', 'liblz4'],
  },
  { crate: 'tikv-jemalloc-sys', tools: ['make'] },
  { crate: 'jemalloc-sys', tools: ['make'] },

  // Version control and network
  { crate: 'libgit2-sys', without: ['vendored', 'zlib-ng-compat'], optionalPkgConfig: ['libgit2'] },
  { crate: 'libgit2-sys', whenSet: ['LIBGIT2_NO_VENDOR'], pkgConfig: ['libgit2'] },
  { crate: 'libssh2-sys', whenSet: ['LIBSSH2_SYS_USE_PKG_CONFIG'], optionalPkgConfig: ['libssh2'] },
  { crate: 'curl-sys', platform: NOT_APPLE, without: ['static-curl'], optionalPkgConfig: ['libcurl'] },
  { crate: 'zmq-sys', optionalPkgConfig: ['libzmq'] },
  { crate: 'libgssapi-sys', platform: NOT_APPLE, optionalPkgConfig: ['krb5-gssapi'], tools: ['libclang'] },
  { crate: 'pcap', platform: UNIX, libraries: ['pcap'], unlessSet: ['LIBPCAP_LIBDIR'] },
  { crate: 'grpcio-sys', tools: ['cmake'], optionalTools: ['go'] },

  // Kernel, devices, system services
  { crate: 'libudev-sys', platform: LINUX, pkgConfig: ['libudev'] },
  { crate: 'libsystemd-sys', platform: LINUX, pkgConfig: ['libsystemd'], unlessSet: ['LIBSYSTEMD_LIB_DIR'] },
  { crate: 'libdbus-sys', without: ['vendored'], platform: UNIX, pkgConfig: ['dbus-1'] },
  { crate: 'evdev-sys', platform: LINUX, optionalPkgConfig: ['libevdev'], optionalTools: ['autoconf', 'automake', 'libtool', 'make'] },
  { crate: 'input-sys', platform: LINUX, pkgConfig: ['libinput'] },
  { crate: 'libseat-sys', platform: LINUX, pkgConfig: ['libseat'] },
  { crate: 'libusb1-sys', without: ['vendored'], optionalPkgConfig: ['libusb-1.0', 'libudev'] },
  { crate: 'hidapi', platform: LINUX, with: ['linux-static-hidraw', 'linux-shared-hidraw'], pkgConfig: ['libudev'] },
  { crate: 'hidapi', platform: LINUX, with: ['linux-static-libusb', 'linux-shared-libusb'], pkgConfig: ['libusb-1.0'] },
  {
    crate: 'libseccomp-sys',
    platform: LINUX,
    libraries: ['seccomp'],
    optionalPkgConfig: ['libseccomp'],
    unlessSet: ['LIBSECCOMP_LIB_PATH'],
  },
  {
    crate: 'libbpf-sys',
    platform: LINUX,
    optionalPkgConfig: ['libbpf', 'libelf', 'zlib'],
    tools: ['make'],
    optionalTools: ['autoconf', 'automake', 'libtool', 'flex', 'bison', 'gawk'],
  },
  { crate: 'pam-sys', platform: UNIX, libraries: ['pam'] },
  { crate: 'fuser', platform: UNIX, with: ['libfuse', 'libfuse2', 'libfuse3'], optionalPkgConfig: ['fuse3', 'fuse'] },
  { crate: 'selinux-sys', platform: LINUX, tools: ['libclang'], libraries: ['selinux'] },
  { crate: 'libcryptsetup-rs-sys', platform: LINUX, pkgConfig: ['libcryptsetup'], tools: ['libclang'] },
  { crate: 'devicemapper-sys', platform: LINUX, pkgConfig: ['devmapper'], tools: ['libclang'] },
  { crate: 'virt-sys', pkgConfig: ['libvirt'] },

  // Sound
  { crate: 'alsa-sys', platform: LINUX, pkgConfig: ['alsa'] },
  { crate: 'jack-sys', optionalPkgConfig: ['jack'] },
  { crate: 'libpulse-sys', platform: UNIX, pkgConfig: ['libpulse'] },
  { crate: 'libpulse-simple-sys', platform: UNIX, pkgConfig: ['libpulse-simple'] },
  { crate: 'pipewire-sys', platform: LINUX, pkgConfig: ['libpipewire-0.3'], tools: ['libclang'] },
  { crate: 'libspa-sys', platform: LINUX, pkgConfig: ['libspa-0.2'], tools: ['libclang'] },
  { crate: 'audiopus_sys', optionalPkgConfig: ['opus'] },
  { crate: 'speech-dispatcher-sys', platform: LINUX, optionalPkgConfig: ['speech-dispatcher'], tools: ['libclang'] },

  // Pictures, video, documents
  { crate: 'ffmpeg-sys-next', without: ['build'], pkgConfig: FFMPEG, tools: ['libclang'], unlessSet: ['FFMPEG_DIR'] },
  { crate: 'ffmpeg-sys-next', with: ['build'], tools: ['libclang', 'make', 'git'], optionalTools: ['nasm'] },
  { crate: 'rav1e', with: ['asm'], platform: 'cfg(target_arch = "x86_64")', tools: ['nasm'] },
  { crate: 'dav1d-sys', pkgConfig: ['dav1d'] },
  { crate: 'libheif-sys', pkgConfig: ['libheif'] },
  { crate: 'mozjpeg-sys', optionalTools: ['nasm'] },
  { crate: 'turbojpeg-sys', optionalPkgConfig: ['libturbojpeg'], optionalTools: ['nasm'] },
  { crate: 'lcms2-sys', without: ['static'], optionalPkgConfig: ['lcms2'] },
  { crate: 'magick_rust', pkgConfig: ['MagickWand'], tools: ['libclang'], unlessSet: ['IMAGE_MAGICK_DIR'] },
  { crate: 'opencv', optionalPkgConfig: ['opencv4'], tools: ['libclang'], optionalTools: ['cmake', 'clang'] },
  { crate: 'leptonica-sys', pkgConfig: ['lept'], tools: ['libclang'] },
  { crate: 'tesseract-sys', pkgConfig: ['tesseract'], tools: ['libclang'] },
  {
    crate: 'skia-bindings',
    tools: ['libclang', 'python3'],
    optionalTools: ['ninja', 'git'],
    optionalPkgConfig: ['freetype2', 'fontconfig'],
  },
  { crate: 'harfbuzz-sys', without: ['bundled'], optionalPkgConfig: ['harfbuzz'] },
  { crate: 'expat-sys', optionalPkgConfig: ['expat'] },
  { crate: 'freetype-sys', without: ['bundled'], optionalPkgConfig: ['freetype2'] },
  {
    crate: 'yeslogic-fontconfig-sys',
    platform: NOT_WINDOWS,
    without: ['dlopen'],
    pkgConfig: ['fontconfig'],
    unlessSet: ['RUST_FONTCONFIG_DLOPEN'],
  },
  { crate: 'servo-fontconfig-sys', platform: NOT_WINDOWS, pkgConfig: ['fontconfig'] },
  { crate: 'libxml', optionalPkgConfig: ['libxml-2.0'], tools: ['libclang'], unlessSet: ['LIBXML2'] },
  { crate: 'sdl2-sys', with: ['use-pkgconfig'], pkgConfig: ['sdl2'] },
  { crate: 'sdl2-sys', without: ['bundled', 'use-pkgconfig', 'use-vcpkg'], libraries: ['SDL2'] },
  { crate: 'sdl2-sys', with: ['bundled'], tools: ['cmake'] },
  { crate: 'shaderc-sys', optionalPkgConfig: ['shaderc'], optionalTools: ['python3', 'git'] },
  {
    crate: 'fltk-sys',
    tools: ['cmake'],
    optionalTools: ['git'],
    optionalPkgConfig: ['x11', 'xft', 'xinerama', 'xcursor', 'xrender', 'xfixes', 'pango', 'wayland-client'],
  },

  // Windows, desktops
  { crate: 'x11', platform: UNIX, optionalPkgConfig: X11 },
  { crate: 'x11-dl', platform: UNIX, optionalPkgConfig: X11 },
  { crate: 'xcb', platform: UNIX, libraries: ['xcb'], optionalPkgConfig: ['xcb'] },
  { crate: 'xcb', platform: UNIX, version: '<1', tools: ['python3'] },
  { crate: 'xkbcommon-sys', platform: UNIX, pkgConfig: ['xkbcommon'] },
  { crate: 'smithay-client-toolkit', platform: UNIX, with: ['xkbcommon'], pkgConfig: ['xkbcommon'] },
  ...WAYLAND.map((part) => ({ crate: 'wayland-sys', platform: UNIX, with: [part], without: ['dlopen'], pkgConfig: [`wayland-${part}`] })),
  { crate: 'wayland-backend', platform: UNIX, with: ['client_system'], without: ['dlopen'], optionalPkgConfig: ['wayland-client'] },
  { crate: 'wayland-backend', platform: UNIX, with: ['server_system'], without: ['dlopen'], optionalPkgConfig: ['wayland-server'] },
  { crate: 'glib-sys', pkgConfig: ['glib-2.0'] },
  { crate: 'gobject-sys', pkgConfig: ['gobject-2.0'] },
  { crate: 'gio-sys', pkgConfig: ['gio-2.0'] },
  { crate: 'cairo-sys-rs', pkgConfig: ['cairo'] },
  { crate: 'cairo-sys-rs', with: ['glib', 'use_glib'], pkgConfig: ['cairo-gobject'] },
  { crate: 'pango-sys', pkgConfig: ['pango'] },
  { crate: 'pangocairo-sys', pkgConfig: ['pangocairo'] },
  { crate: 'atk-sys', pkgConfig: ['atk'] },
  { crate: 'gdk-pixbuf-sys', pkgConfig: ['gdk-pixbuf-2.0'] },
  { crate: 'gdk-sys', pkgConfig: ['gdk-3.0'] },
  { crate: 'gdkx11-sys', pkgConfig: ['gdk-x11-3.0'] },
  { crate: 'gdkwayland-sys', pkgConfig: ['gdk-wayland-3.0'] },
  { crate: 'gtk-sys', pkgConfig: ['gtk+-3.0'] },
  { crate: 'gtk4-sys', pkgConfig: ['gtk4'] },
  { crate: 'gdk4-sys', pkgConfig: ['gtk4'] },
  { crate: 'gdk4-x11-sys', pkgConfig: ['gtk4-x11'] },
  { crate: 'gdk4-wayland-sys', pkgConfig: ['gtk4-wayland'] },
  { crate: 'gsk4-sys', pkgConfig: ['gtk4'] },
  { crate: 'graphene-sys', pkgConfig: ['graphene-gobject-1.0'] },
  { crate: 'libadwaita-sys', pkgConfig: ['libadwaita-1'] },
  { crate: 'sourceview5-sys', pkgConfig: ['gtksourceview-5'] },
  { crate: 'soup2-sys', pkgConfig: ['libsoup-2.4'] },
  { crate: 'soup3-sys', pkgConfig: ['libsoup-3.0'] },
  { crate: 'javascriptcore-rs-sys', version: '<1', pkgConfig: ['javascriptcoregtk-4.0'] },
  { crate: 'javascriptcore-rs-sys', version: '>=1', pkgConfig: ['javascriptcoregtk-4.1'] },
  { crate: 'webkit2gtk-sys', version: '<1', pkgConfig: ['webkit2gtk-4.0'] },
  { crate: 'webkit2gtk-sys', version: '>=1', pkgConfig: ['webkit2gtk-4.1'] },
  { crate: 'gstreamer-sys', pkgConfig: ['gstreamer-1.0'] },
  ...GSTREAMER.map((part) => ({ crate: `gstreamer-${part}-sys`, pkgConfig: [`gstreamer-${part}-1.0`] })),
  { crate: 'gstreamer-rtsp-server-sys', pkgConfig: ['gstreamer-rtsp-server-1.0'] },

  // Text, numbers, languages
  { crate: 'onig_sys', whenSet: ['RUSTONIG_SYSTEM_LIBONIG'], pkgConfig: ['oniguruma'] },
  { crate: 'onig_sys', whenSet: ['RUSTONIG_DYNAMIC_LIBONIG'], optionalPkgConfig: ['oniguruma'] },
  { crate: 'pcre2-sys', optionalPkgConfig: ['libpcre2-8'] },
  { crate: 'ncurses', platform: UNIX, optionalPkgConfig: ['ncursesw', 'ncurses', 'panelw', 'panel', 'menuw', 'menu'] },
  { crate: 'gmp-mpfr-sys', without: ['use-system-libs'], tools: ['make', 'm4'] },
  { crate: 'gmp-mpfr-sys', with: ['use-system-libs'], libraries: ['gmp'] },
  { crate: 'openblas-src', without: ['system'], tools: ['make'], optionalTools: ['gfortran', 'perl'] },
  { crate: 'openblas-src', with: ['system'], optionalPkgConfig: ['openblas'] },
  { crate: 'netlib-src', tools: ['cmake', 'gfortran'] },
  { crate: 'gdal-sys', without: ['bundled'], pkgConfig: ['gdal'], unlessSet: ['GDAL_HOME', 'GDAL_LIB_DIR'] },
  { crate: 'geos-sys', without: ['static'], optionalPkgConfig: ['geos'], optionalTools: ['geos-config'] },
  { crate: 'proj-sys', optionalPkgConfig: ['proj'], optionalTools: ['sqlite3'] },
  { crate: 'z3-sys', without: ['bundled', 'vendored'], optionalPkgConfig: ['z3'], libraries: ['z3'], tools: ['libclang'] },
  { crate: 'z3-sys', with: ['bundled', 'vendored'], tools: ['cmake', 'python3', 'libclang'] },
  { crate: 'llvm-sys', tools: ['llvm-config'] },
  { crate: 'mlua-sys', without: ['vendored'], optionalPkgConfig: LUA },
  { crate: 'luajit-src', tools: ['make'] },
  { crate: 'pyo3-ffi', without: ['abi3'], tools: ['python3'], unlessSet: ['PYO3_CONFIG_FILE', 'PYO3_NO_PYTHON'] },
  { crate: 'pyo3-ffi', with: ['abi3'], optionalTools: ['python3'] },
  { crate: 'python3-sys', tools: ['python3'] },
  { crate: 'rb-sys', tools: ['ruby', 'libclang'] },
  { crate: 'v8', optionalTools: ['python3'] },
  { crate: 'mozjs_sys', tools: ['python3', 'libclang', 'make'] },
  { crate: 'whisper-rs-sys', tools: ['cmake', 'libclang'] },
  { crate: 'llama-cpp-sys-2', tools: ['cmake', 'libclang'] },
];
