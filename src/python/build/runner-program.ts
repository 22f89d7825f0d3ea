/**
 * The program, in Python 3.7 or later, that calls a build backend inside an action. It composes an environment of the build requirements,
 * calls one hook in it and answers with one JSON document (see `build-answer.ts`). Its text is an input of the action, so a change to it
 * changes every key.
 */
export const RUNNER_PROGRAM = String.raw`"""Makes an environment of the build requirements and calls one hook of a build backend in it (PEP 517, PEP 660).

Arguments: request, directory of the sources, directory of the requirements, directory for everything that is written.
Standard output holds one JSON document, the answer; what the backend prints goes to standard error.
"""
import configparser
import json
import os
import shutil
import subprocess
import sys

LAUNCHER = """#!{python}
import sys
from {module} import {first}
sys.exit({attribute}())
"""

TOOL = """#!{python} -I
import runpy
import sys
sys.argv[1:1] = {words!r}
runpy.run_path({script!r}, run_name="__main__")
"""


def make_environment(names, requires, out):
    """A virtual environment whose modules stay where they are; the path of its interpreter."""
    for name in ("env", "home", "dist", "modules"):
        shutil.rmtree(os.path.join(out, name), ignore_errors=True)
    root = os.path.join(out, "env")
    version = "python%d.%d" % sys.version_info[:2]
    bin_directory = os.path.join(root, "bin")
    packages = os.path.join(root, "lib", version, "site-packages")
    os.makedirs(bin_directory)
    os.makedirs(packages)
    os.makedirs(os.path.join(out, "home"))
    os.makedirs(os.path.join(out, "dist"))
    home = os.path.dirname(sys.executable)
    with open(os.path.join(root, "pyvenv.cfg"), "w") as file:
        file.write("home = %s\ninclude-system-site-packages = false\nversion = %d.%d.%d\n" % ((home,) + sys.version_info[:3]))
    for name in ("python", "python3", version):
        os.symlink(sys.executable, os.path.join(bin_directory, name))
    python = os.path.join(bin_directory, "python")
    lines = []
    for name in names:
        wheel = os.path.join(requires, name)
        site = os.path.join(wheel, "site")
        if os.path.isdir(site):
            lines.append("import site; site.addsitedir(%r)\n" % site)
            write_entry_points(site, bin_directory, python)
        link_scripts(os.path.join(wheel, "scripts"), bin_directory, python)
        link_files(os.path.join(wheel, "data"), root)
        link_files(os.path.join(wheel, "headers"), os.path.join(root, "include", "site", version, name.rpartition("-")[0]))
    with open(os.path.join(packages, "requirements.pth"), "w") as file:
        file.writelines(lines)
    return python


def write_entry_points(site, bin_directory, python):
    for entry in sorted(os.listdir(site)):
        path = os.path.join(site, entry, "entry_points.txt")
        if not entry.endswith(".dist-info") or not os.path.exists(path):
            continue
        parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
        parser.optionxform = str
        parser.read(path, encoding="utf-8")
        if not parser.has_section("console_scripts"):
            continue
        for name, target in parser.items("console_scripts"):
            module, _, attribute = target.split("[")[0].strip().partition(":")
            if "/" in name or not attribute:
                continue
            attribute = attribute.strip()
            text = LAUNCHER.format(python=python, module=module.strip(), first=attribute.split(".")[0], attribute=attribute)
            write_program(os.path.join(bin_directory, name), text.encode())


def link_scripts(scripts, bin_directory, python):
    for name in sorted(os.listdir(scripts)) if os.path.isdir(scripts) else ():
        source, target = os.path.join(scripts, name), os.path.join(bin_directory, name)
        if os.path.lexists(target):
            continue
        with open(source, "rb") as file:
            start = file.read(8)
        if start.startswith(b"#!python"):
            with open(source, "rb") as file:
                file.readline()
                write_program(target, b"#!" + python.encode() + b"\n" + file.read())
        else:
            os.symlink(source, target)


def write_program(path, content):
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, 0o755)


def link_files(source, target):
    for directory, _, names in os.walk(source):
        place = os.path.normpath(os.path.join(target, os.path.relpath(directory, source)))
        os.makedirs(place, exist_ok=True)
        for name in sorted(names):
            if not os.path.lexists(os.path.join(place, name)):
                os.symlink(os.path.join(directory, name), os.path.join(place, name))


def write_tools(tools, request_path, python, source, requires, out):
    """Programs that stand in for others on the path: each runs a script beside this one, which is told its name and all places."""
    here = os.path.dirname(os.path.abspath(__file__))
    for name, script in sorted(tools.items()):
        words = [name, request_path, source, os.path.dirname(requires), out]
        text = TOOL.format(python=python, words=words, script=os.path.join(here, script))
        path = os.path.join(os.path.dirname(python), name)
        if os.path.lexists(path):
            os.remove(path)
        write_program(path, text.encode())


def write_cargo_home(crates, requires, out):
    """Where cargo finds its configuration: crates come from a directory."""
    home = os.path.join(out, "home", ".cargo")
    os.makedirs(home, exist_ok=True)
    with open(os.path.join(home, "config.toml"), "w") as file:
        file.write(crates["config"].replace("@CRATES@", os.path.join(os.path.dirname(requires), crates["directory"])))


def settle(directory, epoch):
    """Modes and times that backends copy into archives: the same wherever the sources were copied."""
    for place, directories, names in os.walk(directory):
        for name in directories + names:
            path = os.path.join(place, name)
            if os.path.islink(path):
                continue
            executable = os.path.isdir(path) or os.stat(path).st_mode & 0o100
            os.chmod(path, 0o755 if executable else 0o644)
            os.utime(path, (epoch, epoch))


class Refused(Exception):
    """The hook was not called or gave nothing usable; the arguments become the answer."""


def load(system, source):
    paths = []
    for path in system["backendPath"]:
        absolute = os.path.realpath(os.path.join(source, path))
        if absolute != os.path.realpath(source) and not absolute.startswith(os.path.realpath(source) + os.sep):
            raise Refused({"reason": "backend-path", "path": path})
        paths.append(absolute)
    sys.path[:0] = paths
    module, _, attribute = system["backend"].partition(":")
    try:
        found = __import__(module, fromlist=["_"])
        for name in attribute.split(".") if attribute else ():
            found = getattr(found, name)
    except (ImportError, AttributeError):
        print_error()
        raise Refused({"reason": "import", "backend": system["backend"]})
    return found


def requirements_of(backend, kind, settings):
    hook = getattr(backend, "get_requires_for_build_" + kind, None)
    return list(hook(settings)) if hook is not None else []


def normal(name):
    parts = name.replace("_", "-").replace(".", "-").split("-")
    return "-".join(part for part in parts if part).lower()


def find_requirement():
    for place in ("packaging", "setuptools._vendor.packaging", "setuptools.extern.packaging"):
        try:
            return __import__(place + ".requirements", fromlist=["_"]).Requirement
        except ImportError:
            continue
    return None


def absent(requirements):
    """Those that nothing installed here meets. Without a parser at hand names alone are compared."""
    if not requirements:
        return []
    try:
        from importlib import metadata
    except ImportError:
        return []
    installed = {normal(found.metadata["Name"]): found.version for found in metadata.distributions()}
    parser = find_requirement()
    missing = []
    for text in requirements:
        if parser is None:
            head, _, marker = text.partition(";")
            name = head
            for end in "[<>=!~( @":
                name = name.split(end)[0]
            if not marker and normal(name.strip()) not in installed:
                missing.append(text)
            continue
        requirement = parser(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = installed.get(normal(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            missing.append(text)
    return missing


def run_program(words, directory):
    """Runs a program of the environment that leaves one file in a directory; the file's name."""
    places = {"@python@": os.path.join(sys.prefix, "bin", "python"), "@dist@": directory}
    status = subprocess.call([places.get(word, word) for word in words])
    names = sorted(os.listdir(directory))
    if status != 0 or not names:
        raise Refused({"reason": "raised"})
    return names[0]


def call(request, source, out):
    if request["hook"] == "program":
        return answer(run_program(request["program"], os.path.join(out, "dist")), source)
    backend = load(request["system"], source)
    settings = request["settings"]
    if request["hook"] == "requires":
        wanted = []
        for kind in request["kinds"]:
            wanted += [text for text in requirements_of(backend, kind, settings) if text not in wanted]
        return {"requires": wanted}
    kind = request["hook"]
    hook = getattr(backend, "build_" + kind, None)
    if hook is None:
        raise Refused({"reason": "no-hook", "backend": request["system"]["backend"]})
    missing = absent(requirements_of(backend, kind, settings))
    if missing and kind != "editable":
        raise Refused({"reason": "requires", "missing": missing})
    directory = os.path.join(out, "dist")
    before = modules_in(source)
    try:
        name = hook(directory, settings)
    except Exception:
        # Backends name requirements of editable wheels that few layouts use: only a failure makes them missed.
        if not missing:
            raise
        print_error()
        raise Refused({"reason": "requires", "missing": missing})
    path = os.path.join(directory, str(name))
    if name != os.path.basename(str(name)) or not os.path.isfile(path):
        raise Refused({"reason": "no-file", "named": str(name)})
    for other in os.listdir(directory):
        if other != name:
            other = os.path.join(directory, other)
            shutil.rmtree(other) if os.path.isdir(other) else os.remove(other)
    if kind == "editable":
        for module in sorted(modules_in(source) - before):
            target = os.path.join(out, "modules", os.path.relpath(module, source))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(module, target)
    if kind == "sdist":
        normalise_sdist(path, int(os.environ["SOURCE_DATE_EPOCH"]))
    return answer(name, source)


def answer(name, source):
    # In parts: engines without a sandbox write paths of theirs as everybody knows them, and this one has to be what stands in the wheel.
    return {"file": name, "source": source.split("/")}


def modules_in(source):
    """Paths of compiled modules among the sources; those in the directories of intermediate files are copies."""
    from importlib.machinery import EXTENSION_SUFFIXES

    found = set()
    for place, directories, names in os.walk(source):
        if place == source and "build" in directories:
            directories.remove("build")
        found.update(os.path.join(place, name) for name in names if name.endswith(tuple(EXTENSION_SUFFIXES)))
    return found


def normalise_sdist(path, epoch):
    """Writes a .tar.gz again: sorted, without owners and times, with two modes."""
    import gzip
    import tarfile

    fresh = path + ".new"
    with tarfile.open(path, "r:*") as old, open(fresh, "wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=epoch) as packed:
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
                for member in sorted(old.getmembers(), key=lambda found: found.name):
                    content = old.extractfile(member) if member.isfile() else None
                    member.mtime = epoch
                    member.uid = member.gid = 0
                    member.uname = member.gname = ""
                    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
                    member.pax_headers = {}
                    new.addfile(member, content)
    os.replace(fresh, path)


def print_error():
    import traceback

    kind, error, trace = sys.exc_info()
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.stderr.write("".join(traceback.format_exception(kind, error, trace)))


def main(words):
    request_path, source, requires, out = words[-4:]
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    if words[0] != "call":
        python = make_environment(request["requires"], requires, out)
        settle(source, int(os.environ["SOURCE_DATE_EPOCH"]))
        if "crates" in request:
            write_cargo_home(request["crates"], requires, out)
        write_tools(request.get("tools", {}), request_path, python, source, requires, out)
        os.environ["PATH"] = os.path.dirname(python) + os.pathsep + os.environ["PATH"]
        os.execv(python, [python, "-I", __file__, "call", request_path, source, requires, out])
    answer_descriptor = os.dup(1)
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    if request["subdirectory"]:
        source = os.path.join(source, request["subdirectory"])
    os.chdir(source)
    sys.argv = [""]
    try:
        answer = dict(call(request, source, out), ok=True)
    except Refused as refused:
        answer = dict(refused.args[0], ok=False)
    except BaseException:
        print_error()
        answer = {"ok": False, "reason": "raised"}
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(answer_descriptor, json.dumps(answer, sort_keys=True).encode())
    os._exit(0 if answer["ok"] else 1)


main(sys.argv[1:])
`;
