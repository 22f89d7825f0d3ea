/**
 * A pattern with `{a,b}` as the patterns it stands for. Git does not know braces, but the Rust crate `globset`, by which maturin reads
 * what is excluded, does; they may be nested, and a backslash takes their meaning away.
 */
export function alternatives(pattern: string): readonly string[] {
  const open = firstBrace(pattern);
  if (open === undefined) return [pattern];
  const parts = partsOf(pattern, open);
  if (parts === undefined) return [pattern];
  const before = pattern.slice(0, open);
  return parts.options.flatMap((option) => alternatives(before + option + parts.after));
}

function firstBrace(pattern: string): number | undefined {
  for (let index = 0; index < pattern.length; index += 1) {
    if (pattern.charAt(index) === '\\') index += 1;
    else if (pattern.charAt(index) === '{') return index;
  }
  return undefined;
}

function partsOf(pattern: string, open: number): { readonly options: readonly string[]; readonly after: string } | undefined {
  const options: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let index = open + 1; index < pattern.length; index += 1) {
    const char = pattern.charAt(index);
    if (char === '\\') index += 1;
    else if (char === '{') depth += 1;
    else if (char === ',' && depth === 0) {
      options.push(pattern.slice(start, index));
      start = index + 1;
    } else if (char === '}' && depth > 0) depth -= 1;
    else if (char === '}') return { options: [...options, pattern.slice(start, index)], after: pattern.slice(index + 1) };
  }
  return undefined;
}
