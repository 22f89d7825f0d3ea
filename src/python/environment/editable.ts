import { fileNameForm } from '../distribution-name.ts';
import type { EnvironmentPart } from '../environment.ts';
import { madeText, type SourceNode } from './contribution.ts';

type EditablePart = Extract<EnvironmentPart, { readonly kind: 'editable' }>;

/**
 * What makes sources importable where they lie: a `.pth` file with their directories, which editors understand too, and for extension
 * modules that stand elsewhere an import finder. The finder comes before the sources: what an older tool left there is never imported.
 */
export function editableFiles(part: EditablePart): ReadonlyMap<string, SourceNode> {
  const module = `_ferrule_editable_${fileNameForm(part.origin.name)}`;
  const names = Object.keys(part.modules).toSorted();
  const hook = names.length === 0 ? [] : [`import ${module}`];
  const lines = (directories: readonly string[]): string => [...directories, ...hook, ''].join('\n');
  const files = new Map<string, SourceNode>([
    [`${module}.pth`, madeText(lines(part.sources), { portable: lines(part.sources.map((_, index) => `@${part.origin.name}/${index}@`)) })],
  ]);
  if (names.length > 0) {
    const paths = Object.fromEntries(names.map((name) => [name, part.modules[name] ?? '']));
    const portable = Object.fromEntries(names.map((name) => [name, portableModule(part.modules[name] ?? '')]));
    files.set(`${module}.py`, madeText(finder(paths), { portable: finder(portable) }));
  }
  return files;
}

/** The part of a path of the store that is the same on every machine: from the entry's digest on. */
function portableModule(path: string): string {
  return /[0-9a-f]{64}.*$/.exec(path)?.[0] ?? path;
}

function finder(modules: Readonly<Record<string, string>>): string {
  return `"""Extension modules of an editable distribution, imported from where they were built."""

import os
import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location

MODULES = ${JSON.stringify(modules, undefined, 4)}


def refreshed():
    """The modules as they are after an edit: \`ferrule develop\` left the command that brings the environment up to date."""
    import json
    import runpy
    import subprocess

    wanted = json.loads(os.environ["FERRULE_DEVELOP"])
    variables = {name: value for name, value in os.environ.items() if name != "FERRULE_DEVELOP"}
    # Before the environment's link moves on.
    site = os.path.relpath(os.path.dirname(os.path.realpath(__file__)), os.path.realpath(sys.prefix))
    done = subprocess.run(wanted["command"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=variables)
    if done.returncode != 0:
        sys.stderr.write(done.stderr.decode(errors="replace"))
        sys.stderr.write("warning: stale, for it could not be built again: " + ", ".join(MODULES) + "\\n")
        return MODULES
    beside = os.path.join(os.path.realpath(wanted["environment"]), site, os.path.basename(__file__))
    return runpy.run_path(beside)["MODULES"] if os.path.exists(beside) else MODULES


class Finder:
    modules = None

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in MODULES:
            return None
        if Finder.modules is None:
            Finder.modules = refreshed() if "FERRULE_DEVELOP" in os.environ else MODULES
        location = Finder.modules.get(name, MODULES[name])
        if location.endswith("/__init__.py"):
            return spec_from_file_location(name, location, submodule_search_locations=[os.path.dirname(location)])
        spec = ModuleSpec(name, ExtensionFileLoader(name, location), origin=location)
        spec.has_location = True
        return spec


# Who only wants to know the modules runs this file by its path.
if __name__ != "<run_path>":
    sys.meta_path.insert(0, Finder)
`;
}
