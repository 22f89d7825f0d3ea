/**
 * Run once by each interpreter, with `-I -S` so that nothing installed takes part. Prints one JSON document. How glibc and musl
 * are told is `packaging`'s way: the C library's own word, else the loader named in the program, which says its version.
 */
export const PROBE_SCRIPT = String.raw`
import sys
if sys.version_info < (3, 6):
    sys.exit("Python %d.%d is too old" % sys.version_info[:2])
import json, os, platform, struct, sysconfig

def full_version(v):
    text = "%d.%d.%d" % (v.major, v.minor, v.micro)
    return text if v.releaselevel == "final" else text + v.releaselevel[0] + str(v.serial)

def glibc():
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, OSError, ValueError):
        return None
    return version if name == "glibc" else None

def loader(path):
    with open(path, "rb") as f:
        data = f.read(1 << 16)
    if data[:4] != b"\x7fELF":
        return None
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    number = lambda kind, at: struct.unpack_from(order + kind, data, at)[0]
    table, size, count = (number("Q", 32), number("H", 54), number("H", 56)) if wide else (number("I", 28), number("H", 42), number("H", 44))
    for at in range(table, table + size * count, size):
        if number("I", at) == 3:
            start, length = (number("Q", at + 8), number("Q", at + 32)) if wide else (number("I", at + 4), number("I", at + 16))
            return data[start : start + length].rstrip(b"\0").decode()
    return None

def libc():
    version = glibc()
    if version:
        return ["glibc", version]
    program = loader(os.path.realpath(sys.executable))
    if program and "musl" in program:
        import subprocess
        text = subprocess.run([program], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr.decode()
        for line in text.splitlines():
            if line.startswith("Version "):
                return ["musl", line[8:].strip()]
    return None

def mapped():
    try:
        with open("/proc/self/maps") as f:
            paths = {line.split(None, 5)[5].strip() for line in f if line.count(" ") > 4 and "/" in line}
    except (OSError, IndexError):
        return []
    return sorted(p for p in paths if os.path.basename(p).startswith(("libpython", "libc.so", "libc-2", "libc.musl")))

def macos():
    if sys.platform != "darwin":
        return None
    version = platform.mac_ver()[0]
    if version.startswith("10.16"):
        import subprocess
        code = "import platform; print(platform.mac_ver()[0])"
        version = subprocess.run([sys.executable, "-I", "-S", "-c", code], env={"SYSTEM_VERSION_COMPAT": "0"}, stdout=subprocess.PIPE).stdout.decode().strip()
    return version

print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "prefix": sys.base_prefix,
    "implementation": sys.implementation.name,
    "version": [sys.version_info[0], sys.version_info[1], sys.version_info[2]],
    "fullVersion": platform.python_version(),
    "freeThreaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": bool(sysconfig.get_config_var("Py_DEBUG")) or hasattr(sys, "gettotalrefcount"),
    "pointerWidth": struct.calcsize("P") * 8,
    "machine": platform.machine(),
    "libc": libc() if sys.platform.startswith("linux") else None,
    "macos": macos(),
    "extensionSuffix": sysconfig.get_config_var("EXT_SUFFIX") or "",
    "mapped": mapped(),
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": full_version(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": platform.system(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
}))
`;
