import type { EntryPoint } from '../wheel.ts';

/**
 * First lines of a Python program that works wherever its environment lies: a shell starts the interpreter beside the program's real
 * file, and Python reads the same lines as one string (uv `crates/uv-install-wheel/src/wheel.rs`, `format_shebang`, relocatable form).
 */
function shebang(interpreterArguments: string): string {
  const words = interpreterArguments === '' ? '' : ` ${interpreterArguments}`;
  return `#!/bin/sh\n'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python'${words} "$0" "$@"\n' '''\n`;
}

/** The program that a `console_scripts` or `gui_scripts` entry asks for (PyPA entry points specification, "Use for scripts"). */
export function entryPointScript({ module, attribute }: EntryPoint): string {
  const [imported] = attribute?.split('.') ?? [];
  const body =
    attribute === undefined || imported === undefined
      ? `import sys\n\nif __name__ == "__main__":\n    import ${module}\n    sys.exit()\n`
      : `import sys\nfrom ${module} import ${imported}\n\nif __name__ == "__main__":\n    sys.exit(${attribute}())\n`;
  return `${shebang('')}# -*- coding: utf-8 -*-\n${body}`;
}

const PLACEHOLDER = /^#!pythonw?(?<rest>[ \t][^\r\n]*)?\r?\n/;

/**
 * A wheel's script with its first line `#!python` replaced (binary distribution format, "Recommended installer features");
 * `undefined`: its first line is something else, and it is used as it is.
 */
export function rewrittenScript(script: string): string | undefined {
  const match = PLACEHOLDER.exec(script);
  return match === null ? undefined : shebang(match.groups?.['rest']?.trim() ?? '') + script.slice(match[0].length);
}
