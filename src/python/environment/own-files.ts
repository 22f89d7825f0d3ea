import { dirname } from 'node:path';
import { WRITABLE_DIRECTORY } from '../../store/environments.ts';
import type { InstalledInterpreter } from '../interpreter.ts';
import { activationScripts } from './activation.ts';
import { type MadeDirectory, madeText, type SourceNode } from './contribution.ts';
import type { SiteLayout } from './site-layout.ts';

/** Stands for the interpreter's directory where a text must be the same on all machines. */
const PORTABLE_HOME = '@python@';

/** What every environment has whatever is installed in it: interpreter, activation, `pyvenv.cfg`, and where byte code goes. */
export function ownFiles(options: {
  readonly name: string;
  readonly interpreter: InstalledInterpreter;
  readonly layout: SiteLayout;
}): MadeDirectory {
  const { name, interpreter, layout } = options;
  const [first = 'python', ...others] = layout.interpreterNames;
  const executable = interpreter.executable;
  const programs = new Map<string, SourceNode>([
    [first, { kind: 'made-link', target: executable, standsFor: { kind: 'symlink', target: PORTABLE_HOME } }],
  ]);
  for (const other of others) programs.set(other, relativeLink(first));
  for (const [file, text] of activationScripts(name)) programs.set(file, madeText(text));
  const top = new Map<string, SourceNode>([
    ['bin', { kind: 'made-directory', children: programs }],
    ['pyvenv.cfg', madeText(configuration(options, dirname(executable)), { portable: configuration(options, PORTABLE_HOME) })],
  ]);
  if (layout.hasLib64) top.set('lib64', relativeLink('lib'));
  return { kind: 'made-directory', children: top };
}

/** What every environment has in `site-packages`. */
export function ownSiteFiles(layout: SiteLayout): ReadonlyMap<string, SourceNode> {
  return new Map([[BYTE_CODE_PATH_FILE, madeText(byteCodePathFile(layout.sitePackages))]]);
}

/** Its name comes first among all `.pth` files, so that it rules whatever the others import (CPython `site.py`, `addsitedir`). */
const BYTE_CODE_PATH_FILE = '00-ferrule.pth';

/**
 * Python writes byte code beside what it imports, which here is the store. Instead it goes to a directory of this very environment:
 * files have constant times, so that a cache shared by environments could not tell their versions apart. For the same reason modules are
 * imported by the environment's real path: a `result` link that moves on must not mix two environments in one running program.
 * The standard library keeps its own cache, else every environment would compile it again. `PYTHONPYCACHEPREFIX` and
 * `-X pycache_prefix` have their way.
 */
function byteCodePathFile(sitePackages: string): string {
  const program = `
base = os.path.realpath(sys.prefix)
site = os.path.join(sys.prefix, *${JSON.stringify(sitePackages.split('/'))})
cache = os.path.join(base, ${JSON.stringify(WRITABLE_DIRECTORY)})
library = os.path.dirname(os.__file__) + os.sep
external = sys.modules.get("_frozen_importlib_external")
original = getattr(external, "cache_from_source", None)
def cache_from_source(path, debug_override=None, *, optimization=None):
 found = original(path, debug_override, optimization=optimization)
 path = os.fspath(path)
 if sys.pycache_prefix != cache or not path.startswith(library): return found
 return os.path.join(os.path.dirname(path), "__pycache__", os.path.basename(found))
if site in sys.path and os.path.isdir(cache):
 sys.path[sys.path.index(site)] = os.path.realpath(site)
 if sys.pycache_prefix is None:
  sys.pycache_prefix = cache
  if original is not None: external.cache_from_source = cache_from_source
`;
  return `import os, sys; exec(${JSON.stringify(program.trim())}, {"os": os, "sys": sys})\n`;
}

function configuration({ name, interpreter }: { readonly name: string; readonly interpreter: InstalledInterpreter }, home: string): string {
  const { implementation, version } = interpreter.interpreter;
  const names = { cpython: 'CPython', pypy: 'PyPy', graalpy: 'GraalVM' } as const;
  return [
    `home = ${home}`,
    `implementation = ${names[implementation]}`,
    `version_info = ${version.full}`,
    `version = ${version.major}.${version.minor}.${version.micro}`,
    'include-system-site-packages = false',
    `prompt = ${name}`,
    '',
  ].join('\n');
}

function relativeLink(target: string): SourceNode {
  return { kind: 'made-link', target, standsFor: { kind: 'symlink', target } };
}
