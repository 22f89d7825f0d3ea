import { type DistributionName, normalizeName } from '../distribution-name.ts';
import type { Marker } from './marker.ts';
import { formatMarker } from './marker-text.ts';
import { MarkerParser } from './marker-parser.ts';
import { formatSpecifier, parseSpecifier, type Specifier, type SpecifierSet } from './specifier.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

/** A dependency (PEP 508): `requests[socks]>=2,<3 ; sys_platform == 'linux'`. */
export interface Requirement {
  readonly name: DistributionName;
  /** As written, without repetitions. */
  readonly extras: readonly DistributionName[];
  readonly constraint: RequirementConstraint;
  /** `undefined`: always. */
  readonly marker: Marker | undefined;
}

export type RequirementConstraint =
  | { readonly kind: 'versions'; readonly set: SpecifierSet }
  | { readonly kind: 'url'; /** As written. */ readonly url: string };

export type ParsedRequirement =
  | { readonly ok: true; readonly requirement: Requirement }
  /** `offset`: where in the text reading stopped, in UTF-16 units. */
  | { readonly ok: false; readonly message: string; readonly offset: number };

export function parseRequirement(text: string): ParsedRequirement {
  try {
    return new RequirementParser(text).whole();
  } catch (error) {
    if (error instanceof RequirementProblem) return { ok: false, message: error.message, offset: error.offset };
    throw error;
  }
}

/**
 * The one spelling that pep508_rs, and with it maturin and uv, writes: names normalised, clauses by version, markers in their normal
 * form: `requests>=2 ; python_full_version < '4'`.
 */
export function formatRequirement({ name, extras, constraint, marker }: Requirement): string {
  const extrasText = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  const constraintText = constraint.kind === 'url' ? ` @ ${constraint.url}` : byVersion(constraint.set).map(formatSpecifier).join(',');
  const markerText = marker === undefined ? '' : formatMarker(marker);
  return `${name}${extrasText}${constraintText}${markerText === '' ? '' : ` ; ${markerText}`}`;
}

function byVersion(set: SpecifierSet): readonly Specifier[] {
  return set.specifiers.toSorted((left, right) => compareVersions(versionOf(left), versionOf(right)));
}

function versionOf(specifier: Specifier): Version {
  return (specifier.operator === '===' ? parseVersion(specifier.text) : specifier.version) ?? LEAST;
}

const LEAST: Version = { epoch: 0, release: [0], pre: undefined, post: undefined, dev: 0, local: undefined };

class RequirementProblem extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'RequirementProblem';
    this.offset = offset;
  }
}

const IDENTIFIER = /[a-z0-9](?:[\w.-]*[a-z0-9])?/iy;

class RequirementParser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): ParsedRequirement {
    const name = this.#take(IDENTIFIER) ?? this.#expected('a name');
    const extras = this.#extras();
    const constraint = this.#take(/@/y) === undefined ? this.#versions() : this.#url();
    const marker = this.#marker();
    if (!marker.ok) return marker;
    return { ok: true, requirement: { name: normalizeName(name), extras, constraint, marker: marker.marker } };
  }

  #extras(): readonly DistributionName[] {
    if (this.#take(/\[/y) === undefined) return [];
    const extras: DistributionName[] = [];
    if (this.#take(/\]/y) !== undefined) return extras;
    do extras.push(normalizeName(this.#take(IDENTIFIER) ?? this.#expected('the name of an extra')));
    while (this.#take(/,/y) !== undefined);
    if (this.#take(/\]/y) === undefined) this.#expected('`,` or `]`');
    return [...new Set(extras)];
  }

  #url(): RequirementConstraint {
    const url = this.#take(/\S+/y) ?? this.#expected('an address');
    // `a @ https://…;marker` without space is part of the address (PEP 508).
    return { kind: 'url', url };
  }

  #versions(): RequirementConstraint {
    const isEnclosed = this.#take(/\(/y) !== undefined;
    const specifiers: Specifier[] = [];
    for (;;) {
      this.#space();
      const start = this.#position;
      const clause = this.#take(isEnclosed ? /[^,;)]+/y : /[^,;]+/y)?.trim() ?? '';
      if (clause !== '') specifiers.push(parseSpecifier(clause) ?? this.#badClause(clause, start));
      if (this.#take(/,/y) === undefined) break;
    }
    if (isEnclosed && this.#take(/\)/y) === undefined) this.#expected('`,` or `)`');
    return { kind: 'versions', set: { specifiers } };
  }

  #badClause(clause: string, offset: number): never {
    throw new RequirementProblem(`\`${clause}\` is not a version specifier`, offset);
  }

  #marker():
    | { readonly ok: true; readonly marker: Marker | undefined }
    | { readonly ok: false; readonly message: string; readonly offset: number } {
    this.#space();
    if (this.#position === this.#text.length) return { ok: true, marker: undefined };
    if (this.#take(/;/y) === undefined) this.#expected('`;` or the end');
    return new MarkerParser(this.#text, this.#position).whole();
  }

  #take(pattern: RegExp): string | undefined {
    this.#space();
    pattern.lastIndex = this.#position;
    const [token] = pattern.exec(this.#text) ?? [];
    if (token !== undefined) this.#position = pattern.lastIndex;
    return token;
  }

  #space(): void {
    while (/\s/.test(this.#text.charAt(this.#position))) this.#position++;
  }

  #expected(what: string): never {
    this.#space();
    const rest = this.#text.slice(this.#position);
    throw new RequirementProblem(
      `expected ${what}, found ${rest === '' ? 'the end' : `\`${/^\S+/.exec(rest)?.[0] ?? rest}\``}`,
      this.#position,
    );
  }
}
