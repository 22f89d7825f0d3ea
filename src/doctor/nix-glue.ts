import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import { isSign, type NixToken } from './nix-tokens.ts';
import { type NixFile, spanOfTokens } from './nix-files.ts';

/** F1106: one hash in many places. F1112: cargo told to write into the store. F1113: every wheel built from its sources. */
export function examineNixGlue(files: readonly NixFile[]): readonly Diagnostic[] {
  return [...repeatedHashes(files), ...files.flatMap(storeAsTarget), ...files.flatMap(sourcesPreferred)];
}

const SRI = /^sha(?:256-[A-Za-z0-9+/]{43}=|512-[A-Za-z0-9+/]{86}==)$/;
const BARE = /^(?:sha256:)?(?:[0-9a-f]{64}|[0-9abcdfghijklmnpqrsvwxyz]{52})$/;
const SHOWN = 5;

function repeatedHashes(files: readonly NixFile[]): readonly Diagnostic[] {
  const places = new Map<string, { readonly file: NixFile; readonly token: NixToken; readonly name: string }[]>();
  for (const file of files) {
    for (const [index, token] of file.tokens.entries()) {
      if (token.kind !== 'string' || !(SRI.test(token.text) || BARE.test(token.text))) continue;
      const list = places.get(token.text) ?? [];
      list.push({ file, token, name: nameBefore(file.tokens, index) });
      places.set(token.text, list);
    }
  }
  return [...places.values()].flatMap(([first, ...more]) => {
    if (first === undefined || more.length === 0) return [];
    const diagnostic: Diagnostic = {
      code: 'F1106',
      severity: 'warning',
      blame: 'input',
      message: `the same hash is written ${more.length + 1} times${first.name === '' ? '' : `: that of \`${first.name}\``}`,
      span: spanOfTokens(first.file, first.token),
      related: more.slice(0, SHOWN).map(({ file, token }) => ({ message: 'and here', span: spanOfTokens(file, token) })),
      hints: ['`ferrule lock` pins each git dependency once, in `ferrule.lock`; in Nix glue, write it once and `inherit` it'],
    };
    return [diagnostic];
  });
}

/** `"git+https://…" = "sha256-…"`: what the hash is of. */
function nameBefore(tokens: readonly NixToken[], index: number): string {
  const name = tokens[index - 2];
  return isSign(tokens[index - 1], '=') && name?.kind === 'string' ? name.text : '';
}

const TARGET_IN_STORE = /CARGO_TARGET_DIR=["']?\$\{[^}]*\}[^\s;]*/g;

function storeAsTarget(file: NixFile): readonly Diagnostic[] {
  const inScripts = file.tokens.flatMap((token) =>
    token.kind === 'string'
      ? [...token.text.matchAll(TARGET_IN_STORE)].map(({ 0: written }) => {
          const start = file.text.indexOf(written, token.start);
          return spanAt({ file: file.path, text: file.text, start, end: start + written.length });
        })
      : [],
  );
  const asAttribute = file.tokens.flatMap((token, index) => {
    const value = file.tokens[index + 2];
    const isTarget = token.kind === 'word' && token.text === 'CARGO_TARGET_DIR' && isSign(file.tokens[index + 1], '=');
    return isTarget && value?.kind === 'string' && value.text.includes('${') ? [spanOfTokens(file, token, value)] : [];
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
