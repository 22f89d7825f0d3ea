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

/** Whether a library comes with a graphics driver, which is of the machine a program runs on and never in a package of its own. */
export function isDriverLibrary(library: string): boolean {
  return /^(?:libcuda|libnvidia-|libnvcuvid|libnvoptix|libGLX_nvidia|libhsa-runtime64|libamdhip64)/.test(library);
}
