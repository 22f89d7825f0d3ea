import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import { boundValue, type NixBinding, nixBindings } from './nix-bindings.ts';
import { type NixFile, spanOfTokens } from './nix-files.ts';
import { isSign, type NixToken } from './nix-tokens.ts';

/** F1106: one hash in many places. F1112: cargo told to write into the store. F1113: every wheel built from its sources. */
export function examineNixGlue(files: readonly NixFile[]): readonly Diagnostic[] {
  return [...repeatedHashes(files), ...files.flatMap(storeAsTarget), ...files.flatMap(sourcesPreferred)];
}

const SRI = /^sha(?:256-[A-Za-z0-9+/]{43}=|512-[A-Za-z0-9+/]{86}==)$/;
const BARE = /^(?:sha256:)?(?:[0-9a-f]{64}|[0-9abcdfghijklmnpqrsvwxyz]{52})$/;
/** `lib.fakeHash` and its like: there to be replaced. */
const PLACEHOLDER = /^(?:sha(?:256|512)-A+=*|(?:sha256:)?0+)$/;
const SHOWN = 5;

interface WrittenHash {
  readonly file: NixFile;
  readonly token: NixToken;
  /** What it is of; empty when the text does not say. */
  readonly name: string;
}

function repeatedHashes(files: readonly NixFile[]): readonly Diagnostic[] {
  const places = new Map<string, WrittenHash[]>();
  for (const file of files) {
    for (const [index, token] of file.tokens.entries()) {
      if (token.kind !== 'string' || !(SRI.test(token.text) || BARE.test(token.text)) || PLACEHOLDER.test(token.text)) continue;
      const list = places.get(token.text) ?? [];
      list.push({ file, token, name: nameBefore(file.tokens, index) });
      places.set(token.text, list);
    }
  }
  const repeated = [...places.values()].filter((list) => list.length > 1);
  const shown = repeated.flatMap(repeatedHash);
  return shown.length > SHOWN ? manyRepeatedHashes(repeated) : shown;
}

function repeatedHash([first, ...more]: readonly WrittenHash[]): readonly Diagnostic[] {
  if (first === undefined) return [];
  return [
    {
      code: 'F1106',
      severity: 'warning',
      blame: 'input',
      message: `the same hash is written ${more.length + 1} times${first.name === '' ? '' : `: that of \`${first.name}\``}`,
      span: spanOfTokens(first.file, first.token),
      related: more.slice(0, SHOWN).map(({ file, token }) => ({ message: 'and here', span: spanOfTokens(file, token) })),
      hints: [WRITE_ONCE],
    },
  ];
}

const WRITE_ONCE = '`ferrule lock` pins each git dependency once, in `ferrule.lock`; in Nix glue, write it once and `inherit` it';

/** One finding where there would be a page of them. */
function manyRepeatedHashes(repeated: readonly (readonly WrittenHash[])[]): readonly Diagnostic[] {
  const most = repeated.toSorted((left, right) => right.length - left.length);
  const [first] = most[0] ?? [];
  if (first === undefined) return [];
  const count = repeated.reduce((sum, list) => sum + list.length, 0);
  return [
    {
      code: 'F1106',
      severity: 'warning',
      blame: 'input',
      message: `${repeated.length} hashes are written ${count} times`,
      span: spanOfTokens(first.file, first.token),
      facts: most
        .slice(0, SHOWN)
        .map((list) => [`${list.length} times`, list[0]?.name === '' ? (list[0]?.token.text ?? '') : (list[0]?.name ?? '')] as const),
      hints: [WRITE_ONCE],
    },
  ];
}

/** `"git+https://…" = "sha256-…"`: what the hash is of. */
function nameBefore(tokens: readonly NixToken[], index: number): string {
  const name = tokens[index - 2];
  return isSign(tokens[index - 1], '=') && name?.kind === 'string' ? name.text : '';
}

const TARGET = /CARGO_TARGET_DIR=["']?(\$\{[^}]*\}[^\s;]*)/g;

function storeAsTarget(file: NixFile): readonly Diagnostic[] {
  const bindings = nixBindings(file.tokens);
  const inScripts = file.tokens.flatMap((token) =>
    token.kind === 'string'
      ? [...token.text.matchAll(TARGET)].flatMap(({ 0: written, 1: value = '' }) => {
          const start = file.text.indexOf(written, token.start);
          const isInStore = isArtifact(bindings, value, token.start);
          return isInStore ? [spanAt({ file: file.path, text: file.text, start, end: start + written.length })] : [];
        })
      : [],
  );
  const asAttribute = bindings.flatMap(({ name, index, value: [value] }) => {
    const token = file.tokens[index];
    if (name !== 'CARGO_TARGET_DIR' || token === undefined || value === undefined) return [];
    const written = value.kind === 'string' ? value.text : `\${${value.text}}`;
    return isArtifact(bindings, written, value.start) ? [spanOfTokens(file, token, value)] : [];
  });
  return [...inScripts, ...asAttribute].map((span) => ({
    code: 'F1112',
    severity: 'warning',
    blame: 'input',
    message: 'cargo is told to build into the store, which cannot be written: it fails, or builds everything again elsewhere',
    span,
    hints: [
      'with Ferrule the module is one unit of the graph, built once and packed into the wheel',
      'in crane, `cargoArtifacts` is unpacked into a directory that can be written: use `inheritCargoArtifactsHook`',
    ],
  }));
}

const BUILT = /^(?:buildDepsOnly|buildPackage|buildRustPackage|mkCargoDerivation|mkDerivation|cargoBuild|runCommand)$/;

/** Whether a value begins with something that Nix has built: a name bound to a build, or one that says so (`cargoArtifacts`, `ph.cargoArtifacts`). */
function isArtifact(bindings: readonly NixBinding[], value: string, start: number): boolean {
  const path = /^\$\{\s*([\w'.-]+)\s*\}/.exec(value)?.[1];
  const name = path?.split('.').at(-1) ?? '';
  if (/artifacts$/i.test(name)) return true;
  if (path === undefined || name !== path) return false;
  const bound = boundValue(bindings, { kind: 'word', text: name, start, end: start });
  return bound?.slice(0, 4).some((token) => token.kind === 'word' && BUILT.test(token.text)) === true;
}

function sourcesPreferred(file: NixFile): readonly Diagnostic[] {
  return file.tokens.flatMap((token, index) => {
    const value = file.tokens[index + 2];
    if (token.text !== 'sourcePreference' || !isSign(file.tokens[index + 1], '=') || value?.text !== 'sdist') return [];
    return [
      {
        code: 'F1113',
        severity: 'warning',
        blame: 'input',
        message: 'every distribution is built from its sources, and `uv.lock` does not say with which build systems',
        span: spanOfTokens(file, token, value),
        hints: ['write `sourcePreference = "wheel"`; Ferrule takes wheels, and pins build systems with `ferrule lock` where there is none'],
      },
    ];
  });
}
