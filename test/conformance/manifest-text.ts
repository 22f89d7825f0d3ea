/** A package's manifest in one line of its fixture: name, then whatever follows its `[package]` keys. */
export function manifest(name: string, rest = '', options: { readonly edition?: string; readonly keys?: string } = {}): string {
  const { edition = '2021', keys = '' } = options;
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "${edition}"\n${keys}\n${rest}\n`;
}

/** A virtual workspace of the given members. */
export function workspaceOf(members: readonly string[], rest = ''): string {
  return `[workspace]\nresolver = "2"\nmembers = [${members.map((member) => `"${member}"`).join(', ')}]\n${rest}\n`;
}

export const EMPTY_MAIN = 'fn main() {}\n';

/** A library with one public function. */
export function library(name: string): string {
  return `pub fn ${name}() -> u32 { 1 }\n`;
}

/** A build script that prints the given lines. */
export function script(...lines: readonly string[]): string {
  return `fn main() {\n${lines.map((line) => `    println!(${JSON.stringify(line.replaceAll('{', '{{').replaceAll('}', '}}'))});`).join('\n')}\n}\n`;
}
