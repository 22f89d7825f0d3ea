/** A module, or the marker of a regular package: `__init__.py`, `__init__.abi3.so`. */
const MODULE = /^(?<name>[\p{L}_][\p{L}\p{N}_]*)(?:\.py|\.pyc|(?:\.(?:cpython|pypy|graalpy|abi3)[\w.-]*)?\.so)$/u;
const PACKAGE = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/**
 * Directories that have no `__init__` but hold modules at some depth: portions of namespace packages (PEP 420), sorted. `files` are
 * paths relative to site-packages.
 */
export function findNamespaces(files: Iterable<string>): readonly string[] {
  const importable = new Set<string>();
  const regular = new Set<string>();
  for (const file of files) {
    const parts = file.split('/');
    const module = MODULE.exec(parts.pop() ?? '')?.groups?.['name'];
    if (module === undefined || parts.length === 0 || !parts.every((part) => PACKAGE.test(part))) continue;
    if (module === '__init__') regular.add(parts.join('/'));
    while (parts.length > 0) {
      importable.add(parts.join('/'));
      parts.pop();
    }
  }
  return [...importable].filter((directory) => !regular.has(directory)).toSorted();
}
