/** Libraries that every Linux with a desktop's base has and wheels may rely on (PEP 599, PEP 600; auditwheel `manylinux-policy.json`). */
const PLATFORM_LIBRARIES: ReadonlySet<string> = new Set([
  'libICE.so.6',
  'libGL.so.1',
  'libSM.so.6',
  'libX11.so.6',
  'libXext.so.6',
  'libXrender.so.1',
  'libanl.so.1',
  'libatomic.so.1',
  'libc.so.6',
  'libdl.so.2',
  'libexpat.so.1',
  'libgcc_s.so.1',
  'libglib-2.0.so.0',
  'libgobject-2.0.so.0',
  'libgthread-2.0.so.0',
  'libm.so.6',
  'libmvec.so.1',
  'libnsl.so.1',
  'libpthread.so.0',
  'libresolv.so.2',
  'librt.so.1',
  'libstdc++.so.6',
  'libutil.so.1',
  'libz.so.1',
]);

/** Whether a wheel may expect the library of its platform, never of another distribution. */
export function isPlatformLibrary(library: string): boolean {
  return PLATFORM_LIBRARIES.has(library);
}

/** Debian's packages of libraries that wheels are known to need, bookworm's names. */
const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  'libEGL.so.1': 'libegl1',
  'libGL.so.1': 'libgl1',
  'libGLU.so.1': 'libglu1-mesa',
  'libICE.so.6': 'libice6',
  'libOpenCL.so.1': 'ocl-icd-libopencl1',
  'libSM.so.6': 'libsm6',
  'libX11-xcb.so.1': 'libx11-xcb1',
  'libX11.so.6': 'libx11-6',
  'libXcursor.so.1': 'libxcursor1',
  'libXext.so.6': 'libxext6',
  'libXfixes.so.3': 'libxfixes3',
  'libXft.so.2': 'libxft2',
  'libXi.so.6': 'libxi6',
  'libXinerama.so.1': 'libxinerama1',
  'libXrandr.so.2': 'libxrandr2',
  'libXrender.so.1': 'libxrender1',
  'libXtst.so.6': 'libxtst6',
  'libasound.so.2': 'libasound2',
  'libatomic.so.1': 'libatomic1',
  'libcrypt.so.1': 'libcrypt1',
  'libcups.so.2': 'libcups2',
  'libdbus-1.so.3': 'libdbus-1-3',
  'libdrm.so.2': 'libdrm2',
  'libexpat.so.1': 'libexpat1',
  'libfontconfig.so.1': 'libfontconfig1',
  'libfreetype.so.6': 'libfreetype6',
  'libgbm.so.1': 'libgbm1',
  'libgcc_s.so.1': 'libgcc-s1',
  'libgfortran.so.5': 'libgfortran5',
  'libglib-2.0.so.0': 'libglib2.0-0',
  'libgobject-2.0.so.0': 'libglib2.0-0',
  'libgthread-2.0.so.0': 'libglib2.0-0',
  'libgomp.so.1': 'libgomp1',
  'libibverbs.so.1': 'libibverbs1',
  'libmlx5.so.1': 'ibverbs-providers',
  'libmpi.so.40': 'libopenmpi3',
  'libnss3.so': 'libnss3',
  'libnuma.so.1': 'libnuma1',
  'libodbc.so.2': 'libodbc2',
  'libpq.so.5': 'libpq5',
  'libpulse.so.0': 'libpulse0',
  'libsndfile.so.1': 'libsndfile1',
  'libstdc++.so.6': 'libstdc++6',
  'libtbb.so.12': 'libtbb12',
  'libudev.so.1': 'libudev1',
  'libusb-1.0.so.0': 'libusb-1.0-0',
  'libwayland-client.so.0': 'libwayland-client0',
  'libxcb.so.1': 'libxcb1',
  'libxkbcommon.so.0': 'libxkbcommon0',
  'libz.so.1': 'zlib1g',
};

/** The package of Debian that brings a library; `undefined`: not known. */
export function debianPackage(library: string): string | undefined {
  return DEBIAN_PACKAGES[library];
}

/** nixpkgs' packages of the same libraries, by their names without a version. */
const NIXPKGS_PACKAGES: Readonly<Record<string, string>> = {
  libEGL: 'libGL',
  libGL: 'libGL',
  libGLU: 'libGLU',
  libICE: 'xorg.libICE',
  libOpenCL: 'ocl-icd',
  libSM: 'xorg.libSM',
  libX11: 'xorg.libX11',
  'libX11-xcb': 'xorg.libX11',
  libXcursor: 'xorg.libXcursor',
  libXext: 'xorg.libXext',
  libXfixes: 'xorg.libXfixes',
  libXft: 'xorg.libXft',
  libXi: 'xorg.libXi',
  libXinerama: 'xorg.libXinerama',
  libXrandr: 'xorg.libXrandr',
  libXrender: 'xorg.libXrender',
  libXtst: 'xorg.libXtst',
  libasound: 'alsa-lib',
  libatomic: 'stdenv.cc.cc',
  libcrypt: 'libxcrypt-legacy',
  libcups: 'cups',
  'libdbus-1': 'dbus',
  libdrm: 'libdrm',
  libexpat: 'expat',
  libfontconfig: 'fontconfig',
  libfreetype: 'freetype',
  libgbm: 'libgbm',
  libgcc_s: 'stdenv.cc.cc',
  libgfortran: 'gfortran.cc',
  'libglib-2.0': 'glib',
  'libgobject-2.0': 'glib',
  'libgthread-2.0': 'glib',
  libgomp: 'stdenv.cc.cc',
  libibverbs: 'rdma-core',
  libmlx5: 'rdma-core',
  libmpi: 'openmpi',
  libnss3: 'nss',
  libnuma: 'numactl',
  libodbc: 'unixODBC',
  libpq: 'libpq',
  libpulse: 'libpulseaudio',
  libsndfile: 'libsndfile',
  'libstdc++': 'stdenv.cc.cc',
  libtbb: 'tbb_2022',
  libudev: 'systemd',
  'libusb-1.0': 'libusb1',
  'libwayland-client': 'wayland',
  libxcb: 'xorg.libxcb',
  libxkbcommon: 'libxkbcommon',
  libz: 'zlib',
};

/** The package of nixpkgs that brings a library, such as `libtbb.so.12`; `undefined`: not known. */
export function nixpkgsPackage(library: string): string | undefined {
  return NIXPKGS_PACKAGES[library.replace(/\.so(?:\..*)?$/, '')];
}

/** Whether a library comes with a graphics driver, which is of the machine a program runs on and never in a package of its own. */
export function isDriverLibrary(library: string): boolean {
  return /^(?:libcuda|libnvidia-|libnvcuvid|libnvoptix|libGLX_nvidia|libhsa-runtime64|libamdhip64)/.test(library);
}
