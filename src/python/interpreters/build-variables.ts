import { PYTHON_ROOT } from '../interpreter.ts';

/** Directories that a whole system shares: they are named in texts for other reasons than Python, too. */
const SHARED_PREFIXES: ReadonlySet<string> = new Set(['/usr', '/usr/local']);

export function isSharedPrefix(prefix: string): boolean {
  return SHARED_PREFIXES.has(prefix);
}

/**
 * `_sysconfigdata*.py` and its like with Python's own directories moved to {@link PYTHON_ROOT}. In a prefix shared with other things
 * only the variables that name those directories are touched, as compilers and their options are at home there, too.
 */
export function moveBuildVariables(text: string, prefix: string): string {
  const place = new RegExp(`${prefix.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}(?![\\w.-])`, 'g');
  // Modules need no library of the interpreter's own directory: a search path to it would only tell where they were built.
  if (!isSharedPrefix(prefix))
    return text.replaceAll(new RegExp(`-Wl,-rpath[,=]${place.source}[^\\s'"]*`, 'g'), '').replaceAll(place, PYTHON_ROOT);
  return text.replaceAll(VARIABLE, (entry, name: string) => (DIRECTORIES.has(name) ? entry.replaceAll(place, PYTHON_ROOT) : entry));
}

/** `'NAME': 'text'`, the text continued on lines of their own. */
const VARIABLE = /['"](\w+)['"]: (?:'[^'\n]*'|"[^"\n]*"|[^'"\n,}]+)(?:\n\s+(?:'[^'\n]*'|"[^"\n]*")(?=[\n,}]))*/g;

const DIRECTORIES: ReadonlySet<string> = new Set([
  'BINDIR',
  'BINLIBDEST',
  'CONFINCLUDEDIR',
  'CONFINCLUDEPY',
  'DESTDIRS',
  'DESTLIB',
  'DESTSHARED',
  'EXTRAMACHDESTPATH',
  'INCLDIRSTOMAKE',
  'INCLUDEDIR',
  'INCLUDEPY',
  'LIBDEST',
  'LIBDIR',
  'LIBP',
  'LIBPC',
  'LIBPL',
  'LIBSUBDIRS',
  'MACHDESTLIB',
  'MANDIR',
  'SCRIPTDIR',
  'TZPATH',
  'WHEEL_PKG_DIR',
  'base',
  'datarootdir',
  'exec_prefix',
  'installed_base',
  'installed_platbase',
  'platbase',
  'prefix',
]);
