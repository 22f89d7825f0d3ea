import { NAMING_KEYS, NAMING_MACROS, type NamingBase } from './naming-macros.ts';
import { type RustToken, tokenizeRust } from './rust-lexer.ts';

/** What one Rust file says about other files, read from its tokens: conditions (`cfg`) are not evaluated, so it names too much rather than too little. */
export interface RustScan {
  /** `mod name;` */
  readonly modules: readonly ScannedModule[];
  /** `#[path = "…"]`, also inside `cfg_attr`. */
  readonly paths: readonly ScannedPath[];
  /** Makes modules in a way that cannot be followed: `mod $name;` in a macro, or `#[path]` on an inline module. */
  readonly macroModules: boolean;
  readonly includes: readonly ScannedInclude[];
  /** String literals that climb (`../…`), without what stands before the climb, wherever they are. */
  readonly climbing: readonly string[];
  /** Paths in the macros and attributes of `naming-macros.ts`. */
  readonly named: readonly NamedPath[];
  /** Names in `env!` and `option_env!`; sorted. */
  readonly environment: readonly string[];
}

export interface ScannedModule {
  readonly name: string;
  /** Names of the inline modules around it, outermost first. */
  readonly inline: readonly string[];
}

export interface ScannedPath {
  readonly path: string;
  readonly inline: readonly string[];
}

/** `include!`, `include_str!` or `include_bytes!` of a literal or a `concat!` of literals. Includes from OUT_DIR are left out. */
export interface ScannedInclude {
  /** The included text is Rust. */
  readonly code: boolean;
  /** `file`: relative to the including file. `manifest`: the text after `CARGO_MANIFEST_DIR`. */
  readonly base: 'file' | 'manifest';
  readonly path: string;
  /** Offsets of the macro's argument, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

export interface NamedPath {
  readonly base: NamingBase;
  readonly path: string;
}

interface Findings {
  readonly modules: ScannedModule[];
  readonly paths: ScannedPath[];
  macroModules: boolean;
  readonly includes: ScannedInclude[];
  readonly climbing: Set<string>;
  readonly named: NamedPath[];
  readonly environment: Set<string>;
}

type Tokens = readonly RustToken[];

/** Scans one file. Pure; the result depends on the text alone. */
export function scanRust(text: string): RustScan {
  const tokens = tokenizeRust(text);
  const findings: Findings = {
    modules: [],
    paths: [],
    macroModules: false,
    includes: [],
    climbing: new Set(),
    named: [],
    environment: new Set(),
  };
  /** One entry per open brace: the module's name, or `undefined` for any other block. */
  const blocks: (string | undefined)[] = [];
  let pathPending = false;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'string') noteClimbing(findings, token.text);
    else if (token.kind === 'word') {
      if (isPunctuation(tokens[index + 1], '!')) scanMacro(findings, tokens, index);
      else if (token.text === 'mod' && token.raw === undefined) {
        scanModule(findings, tokens, { index, inline: inlineModules(blocks), pathPending });
        pathPending = false;
      }
    } else if (token.text === '{') blocks.push(moduleOpening(tokens, index));
    else if (token.text === '}') blocks.pop();
    else if (token.text === '#') pathPending = scanAttribute(findings, tokens, { index, inline: inlineModules(blocks) }) || pathPending;
    else if (token.text === ';') pathPending = false;
  }
  return { ...findings, climbing: [...findings.climbing], environment: [...findings.environment].toSorted() };
}

function isPunctuation(token: RustToken | undefined, text: string): boolean {
  return token !== undefined && token.kind === 'punctuation' && token.text === text;
}

function inlineModules(blocks: readonly (string | undefined)[]): readonly string[] {
  return blocks.filter((name) => name !== undefined);
}

/** The name in `mod name {`, when the brace at `index` opens that. */
function moduleOpening(tokens: Tokens, index: number): string | undefined {
  const name = tokens[index - 1];
  const keyword = tokens[index - 2];
  return name?.kind === 'word' && keyword?.kind === 'word' && keyword.text === 'mod' && keyword.raw === undefined ? name.text : undefined;
}

function scanModule(
  findings: Findings,
  tokens: Tokens,
  place: { readonly index: number; readonly inline: readonly string[]; readonly pathPending: boolean },
): void {
  const name = tokens[place.index + 1];
  if (isPunctuation(name, '$')) findings.macroModules = true;
  if (name?.kind !== 'word') return;
  const after = tokens[place.index + 2];
  if (isPunctuation(after, ';')) findings.modules.push({ name: name.text, inline: place.inline });
  else if (isPunctuation(after, '{') && place.pathPending) findings.macroModules = true;
}

/** Answers whether the attribute holds a `path`. */
function scanAttribute(findings: Findings, tokens: Tokens, place: { readonly index: number; readonly inline: readonly string[] }): boolean {
  let index = place.index + 1;
  if (isPunctuation(tokens[index], '!')) index += 1;
  if (!isPunctuation(tokens[index], '[')) return false;
  let hasPath = false;
  let depth = 0;
  for (; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (isPunctuation(token, '[')) depth += 1;
    else if (isPunctuation(token, ']')) depth -= 1;
    if (depth === 0) break;
    const value = tokens[index + 2];
    if (token?.kind !== 'word' || value?.kind !== 'string' || !isPunctuation(tokens[index + 1], '=')) continue;
    if (token.text === 'path') {
      hasPath = true;
      findings.paths.push({ path: value.text, inline: place.inline });
    }
    const base = NAMING_KEYS.get(token.text);
    if (base !== undefined) findings.named.push({ base, path: withoutManifest(value.text) });
  }
  return hasPath;
}

/** `tokens[index]` is the macro's name. */
function scanMacro(findings: Findings, tokens: Tokens, index: number): void {
  const macro = tokens[index]?.text ?? '';
  const argument = tokens[index + 3];
  if (argument === undefined) return;
  switch (macro) {
    case 'include':
    case 'include_str':
    case 'include_bytes': {
      const path = readPath(tokens, index + 3);
      if (path === undefined) return;
      findings.includes.push({ code: macro === 'include', base: path.base, path: path.text, start: argument.start, end: path.end });
      return;
    }
    case 'env':
    case 'option_env':
      if (argument.kind === 'string') findings.environment.add(argument.text);
      return;
    default: {
      const base = NAMING_MACROS.get(macro);
      const literal = base === undefined ? undefined : firstLiteral(tokens, index + 2);
      if (base !== undefined && literal !== undefined) findings.named.push({ base, path: withoutManifest(literal) });
    }
  }
}

/** How far into a call its path is looked for: `query_file_as!(some::long::Type<'_>, "path")`. */
const CALL_WINDOW = 40;

function firstLiteral(tokens: Tokens, open: number): string | undefined {
  for (const token of tokens.slice(open + 1, open + CALL_WINDOW)) {
    if (token.kind === 'string') return token.text;
    if (token.kind === 'punctuation' && (token.text === ')' || token.text === ';')) return undefined;
  }
  return undefined;
}

function withoutManifest(path: string): string {
  return path.replace(/^\$(?:CARGO_MANIFEST_DIR|\{CARGO_MANIFEST_DIR\})\//, '');
}

interface PathExpression {
  readonly base: 'file' | 'manifest';
  readonly text: string;
  readonly end: number;
}

/** A literal, `env!("CARGO_MANIFEST_DIR")`, or a `concat!` of those; `undefined` for anything else, above all for OUT_DIR. */
function readPath(tokens: Tokens, index: number): PathExpression | undefined {
  const token = tokens[index];
  if (token?.kind === 'string') return { base: 'file', text: token.text, end: token.end };
  if (token?.kind !== 'word' || !isPunctuation(tokens[index + 1], '!')) return undefined;
  if (token.text === 'env') {
    const name = tokens[index + 3];
    const end = tokens[index + 4]?.end ?? token.end;
    return name?.kind === 'string' && name.text === 'CARGO_MANIFEST_DIR' ? { base: 'manifest', text: '', end } : undefined;
  }
  return token.text === 'concat' ? readConcat(tokens, index + 3) : undefined;
}

function readConcat(tokens: Tokens, first: number): PathExpression | undefined {
  let base: PathExpression['base'] = 'file';
  let text = '';
  let index = first;
  for (;;) {
    const part = readPath(tokens, index);
    if (part === undefined || (part.base === 'manifest' && text !== '')) return undefined;
    if (part.base === 'manifest') base = 'manifest';
    text += part.text;
    while (index < tokens.length && (tokens[index]?.end ?? 0) <= part.end) index += 1;
    if (isPunctuation(tokens[index], ',')) index += 1;
    const next = tokens[index];
    if (next === undefined) return undefined;
    if (next.kind === 'punctuation') return { base, text, end: next.end };
  }
}

const CLIMBING = /^(?:\{[^{}]*\}|\$CARGO_MANIFEST_DIR|\$\{CARGO_MANIFEST_DIR\})?\/?((?:\.\.\/)+[^\r\n{}*]+)$/;
const LONGEST_PATH = 300;

function noteClimbing(findings: Findings, text: string): void {
  if (text.length > LONGEST_PATH || !text.includes('../')) return;
  const path = CLIMBING.exec(text)?.[1];
  if (path !== undefined) findings.climbing.add(path);
}
