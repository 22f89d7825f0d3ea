import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type MissingKind, packagesFor } from './system-packages-table.ts';

/** Something of the machine that a crate's build cannot do without. */
export interface MissingNeed {
  readonly crate: string;
  readonly version: string;
  readonly kind: MissingKind;
  /** pkg-config module, library or program. */
  readonly name: string;
  /** The module `name` requires that is the one without a file; `undefined`: `name` itself. */
  readonly absent?: string;
}

const WORDS: Readonly<Record<MissingKind, string>> = { module: 'system library', library: 'system library', tool: 'program' };

/** F0801 for a library, F0802 for a tool: who needs what, and what to install where. The machine is to blame, not the user's code. */
export function missingNeed(missing: MissingNeed): Diagnostic {
  const { crate, version, kind, name } = missing;
  const absent = missing.absent ?? name;
  const through = absent === name ? '' : `, which \`${name}\` requires`;
  return {
    code: kind === 'tool' ? 'F0802' : 'F0801',
    severity: 'error',
    blame: 'infrastructure',
    message: `\`${crate}\` needs the ${WORDS[kind]} \`${absent}\`${through}, and it is not installed`,
    facts: [
      ['crate', crate],
      ['version', version],
      ['needed', neededText(kind, absent)],
    ],
    hints: installHints(kind, absent),
  };
}

function neededText(kind: MissingKind, name: string): string {
  switch (kind) {
    case 'module':
      return `${name} (pkg-config module, ${name}.pc)`;
    case 'library':
      return `lib${name}`;
    case 'tool':
      return name;
    default:
      throw new Error(`internal: unknown kind ${String(kind satisfies never)}`);
  }
}

/** One line for each distribution, as a command where there is one. */
export function installHints(kind: MissingKind, name: string): readonly string[] {
  const packages = packagesFor(kind, name);
  if (packages === undefined) return searchHints(kind, name);
  const lines: readonly (readonly [text: string, names: string | undefined])[] = [
    ['Debian: apt install ', packages.debian],
    ['Fedora: dnf install ', packages.fedora],
    ['Homebrew: brew install ', packages.homebrew],
    ['nixpkgs: ', packages.nixpkgs],
  ];
  return lines.flatMap(([text, names]) => (names === undefined ? [] : [`${text}${names}`]));
}

/** How to find the package of something the tables do not know. */
function searchHints(kind: MissingKind, name: string): readonly string[] {
  switch (kind) {
    case 'module':
      return [`Debian: apt-file search ${name}.pc`, `Fedora: dnf install 'pkgconfig(${name})'`, `nixpkgs: nix-locate ${name}.pc`];
    case 'library':
      return [`Debian: apt-file search lib${name}.so`, `Fedora: dnf provides '*/lib${name}.so'`, `nixpkgs: nix-locate lib${name}.so`];
    case 'tool':
      return [`Debian: apt-file search bin/${name}`, `Fedora: dnf provides '*/bin/${name}'`, `nixpkgs: nix-locate bin/${name}`];
    default:
      throw new Error(`internal: unknown kind ${String(kind satisfies never)}`);
  }
}
