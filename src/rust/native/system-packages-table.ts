/** Which package of a distribution brings a module, library or tool; `undefined`: that distribution has none. */
export interface SystemPackages {
  readonly debian: string | undefined;
  readonly fedora: string | undefined;
  readonly homebrew: string | undefined;
  readonly nixpkgs: string | undefined;
}

/** Debian, Fedora, Homebrew, nixpkgs; `-`: none. */
type Row = readonly [names: string, debian: string, fedora: string, homebrew: string, nixpkgs: string];

const MODULES: readonly Row[] = [
  ['openssl libssl libcrypto', 'libssl-dev', 'openssl-devel', 'openssl@3', 'openssl'],
  ['zlib', 'zlib1g-dev', 'zlib-devel', 'zlib', 'zlib'],
  ['bzip2', 'libbz2-dev', 'bzip2-devel', 'bzip2', 'bzip2'],
  ['liblzma', 'liblzma-dev', 'xz-devel', 'xz', 'xz'],
  ['libzstd', 'libzstd-dev', 'libzstd-devel', 'zstd', 'zstd'],
  ['liblz4', 'liblz4-dev', 'lz4-devel', 'lz4', 'lz4'],
  ['snappy', 'libsnappy-dev', 'snappy-devel', 'snappy', 'snappy'],
  ['libarchive', 'libarchive-dev', 'libarchive-devel', 'libarchive', 'libarchive'],
  ['sqlite3', 'libsqlite3-dev', 'sqlite-devel', 'sqlite', 'sqlite'],
  ['sqlcipher', 'libsqlcipher-dev', 'sqlcipher-devel', 'sqlcipher', 'sqlcipher'],
  ['libpq', 'libpq-dev', 'libpq-devel', 'libpq', 'libpq'],
  ['mysqlclient libmariadb', 'default-libmysqlclient-dev', 'mariadb-connector-c-devel', 'mariadb-connector-c', 'libmysqlclient'],
  ['duckdb', '-', '-', 'duckdb', 'duckdb'],
  ['lmdb', 'liblmdb-dev', 'lmdb-devel', 'lmdb', 'lmdb'],
  ['rdkafka', 'librdkafka-dev', 'librdkafka-devel', 'librdkafka', 'rdkafka'],
  ['libsasl2', 'libsasl2-dev', 'cyrus-sasl-devel', 'cyrus-sasl', 'cyrus_sasl'],
  ['liburing', 'liburing-dev', 'liburing-devel', '-', 'liburing'],
  ['libgit2', 'libgit2-dev', 'libgit2-devel', 'libgit2', 'libgit2'],
  ['libssh2', 'libssh2-1-dev', 'libssh2-devel', 'libssh2', 'libssh2'],
  ['libcurl', 'libcurl4-openssl-dev', 'libcurl-devel', 'curl', 'curl'],
  ['libnghttp2', 'libnghttp2-dev', 'libnghttp2-devel', 'libnghttp2', 'nghttp2'],
  ['libzmq', 'libzmq3-dev', 'zeromq-devel', 'zeromq', 'zeromq'],
  ['krb5-gssapi', 'libkrb5-dev', 'krb5-devel', 'krb5', 'krb5'],
  ['libsodium', 'libsodium-dev', 'libsodium-devel', 'libsodium', 'libsodium'],
  ['nettle hogweed', 'nettle-dev', 'nettle-devel', 'nettle', 'nettle'],
  ['gpgme', 'libgpgme-dev', 'gpgme-devel', 'gpgme', 'gpgme'],
  ['gpg-error', 'libgpg-error-dev', 'libgpg-error-devel', 'libgpg-error', 'libgpg-error'],
  ['libpcsclite', 'libpcsclite-dev', 'pcsc-lite-devel', 'pcsc-lite', 'pcsclite'],
  ['tss2-sys tss2-esys tss2-mu tss2-tctildr', 'libtss2-dev', 'tpm2-tss-devel', '-', 'tpm2-tss'],
  ['liboqs', '-', 'liboqs-devel', 'liboqs', 'liboqs'],
  ['libudev', 'libudev-dev', 'systemd-devel', '-', 'systemd'],
  ['libsystemd', 'libsystemd-dev', 'systemd-devel', '-', 'systemd'],
  ['dbus-1', 'libdbus-1-dev', 'dbus-devel', 'dbus', 'dbus'],
  ['libevdev', 'libevdev-dev', 'libevdev-devel', '-', 'libevdev'],
  ['libinput', 'libinput-dev', 'libinput-devel', '-', 'libinput'],
  ['libseat', 'libseat-dev', 'libseat-devel', '-', 'seatd'],
  ['libusb-1.0', 'libusb-1.0-0-dev', 'libusb1-devel', 'libusb', 'libusb1'],
  ['libseccomp', 'libseccomp-dev', 'libseccomp-devel', '-', 'libseccomp'],
  ['libbpf', 'libbpf-dev', 'libbpf-devel', '-', 'libbpf'],
  ['libelf', 'libelf-dev', 'elfutils-libelf-devel', 'libelf', 'elfutils'],
  ['fuse3', 'libfuse3-dev', 'fuse3-devel', '-', 'fuse3'],
  ['fuse', 'libfuse-dev', 'fuse-devel', '-', 'fuse'],
  ['libcryptsetup', 'libcryptsetup-dev', 'cryptsetup-devel', '-', 'cryptsetup'],
  ['devmapper', 'libdevmapper-dev', 'device-mapper-devel', '-', 'lvm2'],
  ['libvirt', 'libvirt-dev', 'libvirt-devel', 'libvirt', 'libvirt'],
  ['alsa', 'libasound2-dev', 'alsa-lib-devel', 'alsa-lib', 'alsa-lib'],
  ['jack', 'libjack-jackd2-dev', 'jack-audio-connection-kit-devel', 'jack', 'jack2'],
  ['libpulse libpulse-simple', 'libpulse-dev', 'pulseaudio-libs-devel', 'pulseaudio', 'libpulseaudio'],
  ['libpipewire-0.3', 'libpipewire-0.3-dev', 'pipewire-devel', '-', 'pipewire'],
  ['libspa-0.2', 'libspa-0.2-dev', 'pipewire-devel', '-', 'pipewire'],
  ['opus', 'libopus-dev', 'opus-devel', 'opus', 'libopus'],
  ['speech-dispatcher', 'libspeechd-dev', 'speech-dispatcher-devel', '-', 'speechd'],
  [
    'libavutil libavcodec libavformat libavfilter libavdevice libswscale libswresample',
    'libavcodec-dev libavformat-dev libavfilter-dev libavdevice-dev',
    'ffmpeg-free-devel',
    'ffmpeg',
    'ffmpeg',
  ],
  ['dav1d', 'libdav1d-dev', 'libdav1d-devel', 'dav1d', 'dav1d'],
  ['libheif', 'libheif-dev', 'libheif-devel', 'libheif', 'libheif'],
  ['libturbojpeg', 'libturbojpeg0-dev', 'turbojpeg-devel', 'jpeg-turbo', 'libjpeg_turbo'],
  ['lcms2', 'liblcms2-dev', 'lcms2-devel', 'little-cms2', 'lcms2'],
  ['MagickWand', 'libmagickwand-dev', 'ImageMagick-devel', 'imagemagick', 'imagemagick'],
  ['opencv4', 'libopencv-dev', 'opencv-devel', 'opencv', 'opencv'],
  ['lept', 'libleptonica-dev', 'leptonica-devel', 'leptonica', 'leptonica'],
  ['tesseract', 'libtesseract-dev', 'tesseract-devel', 'tesseract', 'tesseract'],
  ['harfbuzz', 'libharfbuzz-dev', 'harfbuzz-devel', 'harfbuzz', 'harfbuzz'],
  ['expat', 'libexpat1-dev', 'expat-devel', 'expat', 'expat'],
  ['freetype2', 'libfreetype-dev', 'freetype-devel', 'freetype', 'freetype'],
  ['fontconfig', 'libfontconfig-dev', 'fontconfig-devel', 'fontconfig', 'fontconfig'],
  ['libxml-2.0', 'libxml2-dev', 'libxml2-devel', 'libxml2', 'libxml2'],
  ['sdl2', 'libsdl2-dev', 'SDL2-devel', 'sdl2', 'SDL2'],
  ['shaderc', 'libshaderc-dev', 'libshaderc-devel', 'shaderc', 'shaderc'],
  ['x11 x11-xcb', 'libx11-dev libx11-xcb-dev', 'libX11-devel', 'libx11', 'xorg.libX11'],
  ['xcb', 'libxcb1-dev', 'libxcb-devel', 'libxcb', 'xorg.libxcb'],
  ['xcursor', 'libxcursor-dev', 'libXcursor-devel', 'libxcursor', 'xorg.libXcursor'],
  ['xft', 'libxft-dev', 'libXft-devel', 'libxft', 'xorg.libXft'],
  ['xi', 'libxi-dev', 'libXi-devel', 'libxi', 'xorg.libXi'],
  ['xinerama', 'libxinerama-dev', 'libXinerama-devel', 'libxinerama', 'xorg.libXinerama'],
  ['xrandr', 'libxrandr-dev', 'libXrandr-devel', 'libxrandr', 'xorg.libXrandr'],
  ['xrender', 'libxrender-dev', 'libXrender-devel', 'libxrender', 'xorg.libXrender'],
  ['xtst', 'libxtst-dev', 'libXtst-devel', 'libxtst', 'xorg.libXtst'],
  ['xscrnsaver', 'libxss-dev', 'libXScrnSaver-devel', 'libxscrnsaver', 'xorg.libXScrnSaver'],
  ['xkbcommon', 'libxkbcommon-dev', 'libxkbcommon-devel', 'libxkbcommon', 'libxkbcommon'],
  ['wayland-client wayland-server wayland-cursor wayland-egl', 'libwayland-dev', 'wayland-devel', 'wayland', 'wayland'],
  ['gl', 'libgl-dev', 'mesa-libGL-devel', 'mesa', 'libGL'],
  ['glib-2.0 gobject-2.0 gio-2.0 gio-unix-2.0 gmodule-2.0', 'libglib2.0-dev', 'glib2-devel', 'glib', 'glib'],
  ['cairo cairo-gobject', 'libcairo2-dev', 'cairo-gobject-devel', 'cairo', 'cairo'],
  ['pango pangocairo', 'libpango1.0-dev', 'pango-devel', 'pango', 'pango'],
  ['atk', 'libatk1.0-dev', 'atk-devel', 'at-spi2-core', 'atk'],
  ['gdk-pixbuf-2.0', 'libgdk-pixbuf-2.0-dev', 'gdk-pixbuf2-devel', 'gdk-pixbuf', 'gdk-pixbuf'],
  ['gtk+-3.0 gdk-3.0 gdk-x11-3.0 gdk-wayland-3.0', 'libgtk-3-dev', 'gtk3-devel', 'gtk+3', 'gtk3'],
  ['gtk4 gtk4-x11 gtk4-wayland', 'libgtk-4-dev', 'gtk4-devel', 'gtk4', 'gtk4'],
  ['graphene-gobject-1.0', 'libgraphene-1.0-dev', 'graphene-devel', 'graphene', 'graphene'],
  ['libadwaita-1', 'libadwaita-1-dev', 'libadwaita-devel', 'libadwaita', 'libadwaita'],
  ['gtksourceview-5', 'libgtksourceview-5-dev', 'gtksourceview5-devel', 'gtksourceview5', 'gtksourceview5'],
  ['libsoup-2.4', 'libsoup2.4-dev', 'libsoup-devel', 'libsoup@2', 'libsoup_2_4'],
  ['libsoup-3.0', 'libsoup-3.0-dev', 'libsoup3-devel', 'libsoup', 'libsoup_3'],
  ['webkit2gtk-4.0 javascriptcoregtk-4.0', 'libwebkit2gtk-4.0-dev', 'webkit2gtk4.0-devel', '-', 'webkitgtk_4_0'],
  ['webkit2gtk-4.1 javascriptcoregtk-4.1', 'libwebkit2gtk-4.1-dev', 'webkit2gtk4.1-devel', '-', 'webkitgtk_4_1'],
  ['gstreamer-1.0 gstreamer-base-1.0 gstreamer-net-1.0', 'libgstreamer1.0-dev', 'gstreamer1-devel', 'gstreamer', 'gst_all_1.gstreamer'],
  [
    'gstreamer-app-1.0 gstreamer-audio-1.0 gstreamer-video-1.0 gstreamer-pbutils-1.0 gstreamer-rtsp-1.0 gstreamer-sdp-1.0 gstreamer-tag-1.0',
    'libgstreamer-plugins-base1.0-dev',
    'gstreamer1-plugins-base-devel',
    'gstreamer',
    'gst_all_1.gst-plugins-base',
  ],
  [
    'gstreamer-webrtc-1.0',
    'libgstreamer-plugins-bad1.0-dev',
    'gstreamer1-plugins-bad-free-devel',
    'gstreamer',
    'gst_all_1.gst-plugins-bad',
  ],
  ['gstreamer-rtsp-server-1.0', 'libgstrtspserver-1.0-dev', 'gstreamer1-rtsp-server-devel', 'gstreamer', 'gst_all_1.gst-rtsp-server'],
  ['oniguruma', 'libonig-dev', 'oniguruma-devel', 'oniguruma', 'oniguruma'],
  ['libpcre2-8', 'libpcre2-dev', 'pcre2-devel', 'pcre2', 'pcre2'],
  ['ncurses ncursesw', 'libncurses-dev', 'ncurses-devel', 'ncurses', 'ncurses'],
  ['openblas', 'libopenblas-dev', 'openblas-devel', 'openblas', 'openblas'],
  ['gdal', 'libgdal-dev', 'gdal-devel', 'gdal', 'gdal'],
  ['geos', 'libgeos-dev', 'geos-devel', 'geos', 'geos'],
  ['proj', 'libproj-dev', 'proj-devel', 'proj', 'proj'],
  ['z3', 'libz3-dev', 'z3-devel', 'z3', 'z3'],
  ['lua5.4 lua-5.4 lua54', 'liblua5.4-dev', 'lua-devel', 'lua', 'lua5_4'],
  ['luajit', 'libluajit-5.1-dev', 'luajit-devel', 'luajit', 'luajit'],
];

const LIBRARIES: readonly Row[] = [
  ['pq', 'libpq-dev', 'libpq-devel', 'libpq', 'libpq'],
  ['crypto ssl', 'libssl-dev', 'openssl-devel', 'openssl@3', 'openssl'],
  ['pam', 'libpam0g-dev', 'pam-devel', '-', 'pam'],
  ['pcap', 'libpcap-dev', 'libpcap-devel', 'libpcap', 'libpcap'],
  ['seccomp', 'libseccomp-dev', 'libseccomp-devel', '-', 'libseccomp'],
  ['selinux', 'libselinux1-dev', 'libselinux-devel', '-', 'libselinux'],
  ['xcb', 'libxcb1-dev', 'libxcb-devel', 'libxcb', 'xorg.libxcb'],
  ['SDL2', 'libsdl2-dev', 'SDL2-devel', 'sdl2', 'SDL2'],
  ['gmp', 'libgmp-dev', 'gmp-devel', 'gmp', 'gmp'],
  ['z3', 'libz3-dev', 'z3-devel', 'z3', 'z3'],
  ['duckdb', '-', '-', 'duckdb', 'duckdb'],
  ['fdb_c', '-', '-', '-', 'foundationdb'],
];

const TOOLS: readonly Row[] = [
  ['pkg-config', 'pkg-config', 'pkgconf-pkg-config', 'pkgconf', 'pkg-config'],
  ['cc', 'gcc', 'gcc', 'gcc', 'gcc'],
  ['c++', 'g++', 'gcc-c++', 'gcc', 'gcc'],
  ['ar', 'binutils', 'binutils', 'binutils', 'binutils'],
  ['cmake', 'cmake', 'cmake', 'cmake', 'cmake'],
  ['make', 'make', 'make', 'make', 'gnumake'],
  ['ninja', 'ninja-build', 'ninja-build', 'ninja', 'ninja'],
  ['meson', 'meson', 'meson', 'meson', 'meson'],
  ['perl', 'perl', 'perl', 'perl', 'perl'],
  ['python3', 'python3', 'python3', 'python', 'python3'],
  ['ruby', 'ruby-dev', 'ruby-devel', 'ruby', 'ruby'],
  ['go', 'golang-go', 'golang', 'go', 'go'],
  ['git', 'git', 'git', 'git', 'git'],
  ['nasm', 'nasm', 'nasm', 'nasm', 'nasm'],
  ['protoc', 'protobuf-compiler', 'protobuf-compiler', 'protobuf', 'protobuf'],
  ['flatc', 'flatbuffers-compiler', 'flatbuffers-compiler', 'flatbuffers', 'flatbuffers'],
  ['capnp', 'capnproto', 'capnproto', 'capnp', 'capnproto'],
  ['libclang', 'libclang-dev', 'clang-devel', 'llvm', 'libclang'],
  ['clang', 'clang', 'clang', 'llvm', 'clang'],
  ['llvm-config', 'llvm-dev', 'llvm-devel', 'llvm', 'llvm'],
  ['autoconf', 'autoconf', 'autoconf', 'autoconf', 'autoconf'],
  ['automake', 'automake', 'automake', 'automake', 'automake'],
  ['libtool', 'libtool', 'libtool', 'libtool', 'libtool'],
  ['m4', 'm4', 'm4', 'm4', 'm4'],
  ['flex', 'flex', 'flex', 'flex', 'flex'],
  ['bison', 'bison', 'bison', 'bison', 'bison'],
  ['gawk', 'gawk', 'gawk', 'gawk', 'gawk'],
  ['gfortran', 'gfortran', 'gcc-gfortran', 'gcc', 'gfortran'],
  ['windres', 'binutils-mingw-w64', 'mingw64-binutils', 'mingw-w64', 'pkgsCross.mingwW64.buildPackages.binutils'],
  ['pg_config', 'libpq-dev', 'libpq-devel', 'libpq', 'postgresql'],
  ['mysql_config', 'default-libmysqlclient-dev', 'mariadb-connector-c-devel', 'mariadb-connector-c', 'libmysqlclient'],
  ['sqlite3', 'sqlite3', 'sqlite', 'sqlite', 'sqlite'],
  ['glib-compile-resources glib-compile-schemas', 'libglib2.0-dev-bin', 'glib2-devel', 'glib', 'glib'],
];

/** What can be missing on a machine. */
export type MissingKind = 'module' | 'library' | 'tool';

/** Packages that bring something; `undefined` when the tables do not know it. */
export function packagesFor(kind: MissingKind, name: string): SystemPackages | undefined {
  return TABLES[kind].get(name);
}

const TABLES: Readonly<Record<MissingKind, ReadonlyMap<string, SystemPackages>>> = {
  module: byName(MODULES),
  library: byName(LIBRARIES),
  tool: byName(TOOLS),
};

function byName(rows: readonly Row[]): ReadonlyMap<string, SystemPackages> {
  return new Map(
    rows.flatMap(([names, debian, fedora, homebrew, nixpkgs]) => {
      const packages = { debian: orNone(debian), fedora: orNone(fedora), homebrew: orNone(homebrew), nixpkgs: orNone(nixpkgs) };
      return names.split(' ').map((name) => [name, packages] as const);
    }),
  );
}

function orNone(name: string): string | undefined {
  return name === '-' ? undefined : name;
}
