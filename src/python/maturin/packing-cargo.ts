import type { CompiledFile } from './crate-facts.ts';

/** Stands for the top of the sources in what a packing cargo answers. */
export const SOURCE_PLACE = '@SOURCE@';

/** Stands for the directory that an action may write. */
export const OUTPUT_PLACE = '@OUT@';

/** All that maturin may ask cargo, rustc and git about while it packs, answered beforehand. */
export interface PackingAnswers {
  /** `cargo metadata`, as it is and with `--all-features`; paths begin with {@link SOURCE_PLACE}. */
  readonly metadata: unknown;
  readonly metadataOfAllFeatures: unknown;
  /** Of packages of other workspaces, by the manifest's path relative to the top of the sources. */
  readonly metadataOfOthers: Readonly<Record<string, unknown>>;
  /** `cargo tree` of the crate, as maturin wants it; `undefined`: the workspace has one member, so it does not ask. */
  readonly tree: string | undefined;
  /** `cargo package --list`, by the manifest's path relative to the top of the sources. */
  readonly packageLists: Readonly<Record<string, string>>;
  /** `git ls-files -z`; `undefined`: it is not asked. */
  readonly trackedFiles: string | undefined;
  /** `rustc -vV` */
  readonly rustc: string;
  /** Manifest of the crate, relative to the top of the sources. */
  readonly manifest: string;
  /** What `cargo rustc` and `cargo run` would have made. */
  readonly prebuilt: readonly PrebuiltFile[];
  /** Directories of build scripts' files by package name: below `build/`. */
  readonly outDirectories: Readonly<Record<string, string>>;
  /** A directory of shared libraries that a wheel may have to take in, below `build/`; `undefined`: none. */
  readonly libraries: string | undefined;
}

/** A compiled file as an input of the action. */
export interface PrebuiltFile {
  readonly kind: 'cdylib' | 'bin';
  /** Of the Cargo target. */
  readonly name: string;
  /** Below `build/`. */
  readonly path: string;
}

/** A compiled file with the Cargo target it is of. */
export interface CompiledTarget extends CompiledFile {
  readonly kind: PrebuiltFile['kind'];
  readonly name: string;
}

/**
 * The script, in Python, that stands for cargo, rustc and git while maturin packs: it answers from {@link PackingAnswers} and compiles
 * nothing. Its arguments are its name, the request, the top of the sources, the directory of the inputs, the directory that may be
 * written, and then the words that were meant for the program.
 */
export const PACKING_CARGO = String.raw`import json
import os
import shutil
import sys

VALUED = {"--manifest-path", "--bin", "--features", "--target", "--target-dir", "--profile", "--package", "-p"}


def value_of(words, option):
    for index, word in enumerate(words):
        if word == option and index + 1 < len(words):
            return words[index + 1]
        if word.startswith(option + "="):
            return word[len(option) + 1 :]
    return None


def refuse(tool, words):
    sys.stderr.write("packing compiles nothing, and has no answer to: %s %s\n" % (tool, " ".join(words)))
    return 101


class Answers:
    def __init__(self, request_path, source, build, out):
        self.source, self.build, self.out = source, build, out
        with open(request_path, encoding="utf-8") as file:
            name = json.load(file)["answers"]
        with open(os.path.join(os.path.dirname(request_path), name), encoding="utf-8") as file:
            text = file.read()
        for place, path in (("${SOURCE_PLACE}", source), ("${OUTPUT_PLACE}", out)):
            text = text.replace(place, json.dumps(path)[1:-1])
        self.known = json.loads(text)

    def cargo(self, words):
        command = next((word for word in words if not word.startswith(("-", "+"))), "")
        if not os.path.exists(os.path.join(self.source, self.manifest(words))):
            sys.stderr.write("error: manifest path %s does not exist\n" % value_of(words, "--manifest-path"))
            return 101
        if command == "metadata":
            name = "metadataOfAllFeatures" if "--all-features" in words else "metadata"
            print(json.dumps(self.known["metadataOfOthers"].get(self.manifest(words), self.known[name])))
            return 0
        if command == "tree" and "tree" in self.known:
            sys.stdout.write(self.known["tree"])
            return 0
        if command == "package" and "--list" in words:
            listed = self.known["packageLists"].get(self.manifest(words))
            if listed is not None:
                sys.stdout.write(listed)
                return 0
        if command == "rustc":
            return self.compiled(words)
        if command == "run":
            return self.run(words)
        return refuse("cargo", words)

    def manifest(self, words):
        return os.path.relpath(os.path.abspath(value_of(words, "--manifest-path") or "Cargo.toml"), self.source)

    def compiled(self, words):
        name = value_of(words, "--bin")
        kind = "cdylib" if name is None else "bin"
        found = [one for one in self.known["prebuilt"] if one["kind"] == kind and name in (None, one["name"])]
        manifest = os.path.join(self.source, self.known["manifest"])
        packages = self.known["metadata"]["packages"]
        package = next((one for one in packages if one["manifest_path"] == manifest), None)
        if not found or package is None:
            return refuse("cargo", words)
        self.say_scripts(packages, package)
        for one in found:
            target = next(each for each in package["targets"] if self.is_target(each, one))
            path = self.writable(one)
            self.say(
                reason="compiler-artifact",
                package_id=package["id"],
                manifest_path=manifest,
                target=dict(target, crate_types=[kind]),
                profile={"opt_level": "3", "debuginfo": 0, "debug_assertions": False, "overflow_checks": False, "test": False},
                features=[],
                filenames=[path],
                executable=path if kind == "bin" else None,
                fresh=True,
            )
        self.say(reason="build-finished", success=True)
        return 0

    def is_target(self, target, one):
        same = target["name"].replace("-", "_") == one["name"].replace("-", "_")
        return same and ("bin" in target["kind"]) == (one["kind"] == "bin")

    def writable(self, one):
        """maturin takes the file away and may change it."""
        directory = os.path.join(self.out, "target", "release")
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, os.path.basename(one["path"]))
        shutil.copyfile(os.path.join(self.build, one["path"]), path)
        os.chmod(path, 0o755)
        return path

    def say_scripts(self, packages, package):
        scripts = dict(self.known["outDirectories"])
        libraries = self.known.get("libraries")
        for one in packages:
            directory = scripts.pop(one["name"], None)
            linked = [] if libraries is None or one is not package else ["native=" + os.path.join(self.build, libraries)]
            if directory is None and not linked:
                continue
            self.say(
                reason="build-script-executed",
                package_id=one["id"],
                linked_libs=["dylib=any"] if linked else [],
                linked_paths=linked,
                cfgs=[],
                env=[],
                out_dir="" if directory is None else os.path.join(self.build, directory),
            )

    def say(self, **message):
        print(json.dumps(message))

    def run(self, words):
        name = value_of(words, "--bin")
        found = next((one for one in self.known["prebuilt"] if one["kind"] == "bin" and one["name"] == name), None)
        if found is None:
            return refuse("cargo", words)
        rest = words[words.index("run") + 1 :]
        while rest and rest[0].startswith("-"):
            rest = rest[2:] if rest[0] in VALUED else rest[1:]
        sys.stdout.flush()
        path = os.path.join(self.build, found["path"])
        os.execv(path, [path] + rest)

    def rustc(self, words):
        if words in (["-vV"], ["-Vv"], ["--version", "--verbose"], ["--verbose", "--version"]):
            sys.stdout.write(self.known["rustc"])
            return 0
        if words in (["-V"], ["--version"]):
            print(self.known["rustc"].split("\n")[0])
            return 0
        return refuse("rustc", words)

    def git(self, words):
        if words[:1] == ["ls-files"] and "trackedFiles" in self.known:
            sys.stdout.write(self.known["trackedFiles"])
            return 0
        return refuse("git", words)


def main(tool, request_path, source, build, out, *words):
    answers = Answers(request_path, source, build, out)
    return getattr(answers, tool)(list(words))


sys.exit(main(*sys.argv[1:]))
`;
