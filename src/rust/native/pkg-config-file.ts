/** A pkg-config file, as far as it decides what a script can find. */
export interface PkgConfigFile {
  /** Modules named in `Requires`, in order. */
  readonly requires: readonly string[];
  /** Modules named in `Requires.private`, in order. */
  readonly requiresPrivate: readonly string[];
  /** Words of `Libs` and `Libs.private`, variables replaced. */
  readonly libraries: readonly string[];
  /** The text with `${pcfiledir}` replaced by where the file came from: it means the same wherever the text is put. */
  readonly text: string;
}

/**
 * Reads a `.pc` file (pkg-config(1), "METADATA FILE SYNTAX"): `name=value` defines a variable, `Field: value` a field, `#` begins
 * a comment, a line ending in `\` goes on. Unknown variables are empty, as for pkg-config.
 */
export function parsePkgConfigFile(content: string, directory: string): PkgConfigFile {
  const variables = new Map<string, string>();
  const fields = new Map<string, string>();
  const text = content.replaceAll('${pcfiledir}', directory);
  for (const line of logicalLines(text)) {
    const parts = /^([A-Za-z0-9_.]+)\s*([:=])\s*(.*)$/.exec(line);
    if (parts === null) continue;
    const [, name = '', separator, value = ''] = parts;
    const expanded = expand(value, variables);
    if (separator === '=') variables.set(name, expanded);
    else fields.set(name.toLowerCase(), expanded);
  }
  const field = (name: string): string => fields.get(name) ?? '';
  return {
    requires: moduleNames(field('requires')),
    requiresPrivate: moduleNames(field('requires.private')),
    libraries: words(`${field('libs')} ${field('libs.private')}`),
    text,
  };
}

function logicalLines(text: string): readonly string[] {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\\\n', '')
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim());
}

function expand(value: string, variables: ReadonlyMap<string, string>): string {
  return value.replace(/\$\{([^}]+)\}/g, (_whole, name: string) => variables.get(name) ?? '');
}

/** `glib-2.0 >= 2.50, gobject-2.0` names `glib-2.0` and `gobject-2.0`. */
export function moduleNames(list: string): readonly string[] {
  return list
    .replace(/[<>=!]+\s*[^\s,]+/g, ' ')
    .split(/[\s,]+/)
    .filter((name) => name !== '');
}

/** Words as a shell splits them: quotes group, a backslash takes the next character as it is. */
function words(text: string): readonly string[] {
  const found = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return found.map((word) =>
    word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_whole, escaped, double, single) => String(escaped ?? double ?? single)),
  );
}
