import { type CheckedRepository, directoryOf, isBelow, joined } from './checked-repository.ts';
import { boundValue, type NixBinding, nixBindings } from './nix-bindings.ts';
import type { NixFile } from './nix-files.ts';
import { readNixPredicate, wholeMatch } from './nix-predicates.ts';
import { closingIndex, isSign, listElements, type NixToken, nixStringValue } from './nix-tokens.ts';

/** A source that Nix glue makes of a part of the repository. */
export interface NixSource {
  readonly file: NixFile;
  readonly first: NixToken;
  readonly last: NixToken;
  /** Directories it takes something from, relative to the root. */
  readonly places: readonly string[];
  /** Whether it takes a file, relative to the root. */
  readonly keeps: (path: string) => boolean;
}

/** What an expression takes. */
type Taken = Pick<NixSource, 'places' | 'keeps'>;

/**
 * Sources that crane and nixpkgs are given as a list of places or as a filter of cargo's files. Only those of which every part is
 * understood: an expression with a name from elsewhere in it may let anything through.
 */
export function nixSources(repository: CheckedRepository, file: NixFile): readonly NixSource[] {
  const reader = { repository, file, bindings: nixBindings(file.tokens) };
  return file.tokens.flatMap((token, index): readonly NixSource[] => {
    const found = sourceAt(reader, index);
    return found === undefined ? [] : [{ file, first: token, last: found.last, places: found.places, keeps: found.keeps }];
  });
}

interface Reader {
  readonly repository: CheckedRepository;
  readonly file: NixFile;
  readonly bindings: readonly NixBinding[];
}

function sourceAt(reader: Reader, index: number): (Taken & { readonly last: NixToken }) | undefined {
  const { tokens } = reader.file;
  const name = tokens[index];
  const next = tokens[index + 1];
  if (name?.kind !== 'word' || next === undefined) return undefined;
  const last = tokens[closingIndex(tokens, index + 1)] ?? next;
  if (name.text === 'unions' && isSign(next, '[')) {
    if (isTakenAway(tokens, index)) return undefined;
    const taken = unionOf(reader, listElements(tokens, index + 1));
    const isOfCargo = taken?.places.some((place) => takesManifest(reader.repository, place, taken)) === true;
    return taken === undefined || !isOfCargo ? undefined : { ...taken, last };
  }
  if (name.text === 'cleanCargoSource') {
    const argument = argumentAt(tokens, index + 1);
    const place = placeNamed(reader, argument);
    return place === undefined ? undefined : { ...cargoFilesBelow(place), last: argument.at(-1) ?? next };
  }
  if (name.text === 'cleanSourceWith' && isSign(next, '{')) {
    const taken = filteredSource(reader, tokens.slice(index + 2, closingIndex(tokens, index + 1)));
    return taken === undefined ? undefined : { ...taken, last };
  }
  if (name.text === 'sourceByRegex') {
    const source = argumentAt(tokens, index + 1);
    const list = argumentAt(tokens, index + 1 + source.length);
    const taken = matchedSource(reader, source, list);
    return taken === undefined ? undefined : { ...taken, last: list.at(-1) ?? next };
  }
  return undefined;
}

/** What `difference` takes away is no source. */
function isTakenAway(tokens: readonly NixToken[], index: number): boolean {
  let before = index - 1;
  while (isSign(tokens[before], '.')) before -= 2;
  return isSign(tokens[before], '(') && tokens[before - 2]?.text === 'difference';
}

/** Whether the manifest of a workspace or package is among what is taken from a place. */
function takesManifest(repository: CheckedRepository, place: string, { keeps }: Taken): boolean {
  const manifest = place.endsWith('Cargo.toml') ? place : joined(place, 'Cargo.toml');
  return repository.has(manifest) && keeps(manifest);
}

/** Every file below a place, or the place itself. */
function everythingBelow(place: string): Taken {
  return { places: [place], keeps: (path) => isBelow(path, place) };
}

function cargoFilesBelow(place: string): Taken {
  return { places: [place], keeps: (path) => isBelow(path, place) && isCargoFile(path) };
}

/** What crane's `filterCargoSources` lets through (crane, `lib/filterCargoSources.nix`). */
function isCargoFile(path: string): boolean {
  return path.endsWith('.rs') || path.endsWith('.toml') || path.endsWith('Cargo.lock') || path.endsWith('.cargo/config');
}

function unionOf(reader: Reader, elements: readonly (readonly NixToken[])[]): Taken | undefined {
  const parts: Taken[] = [];
  for (const element of elements) {
    const part = partOf(reader, element);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return { places: parts.flatMap(({ places }) => places), keeps: (path) => parts.some(({ keeps }) => keeps(path)) };
}

const CARGO_FILTERS: ReadonlySet<string> = new Set(['commonCargoSources', 'rust', 'cargoTomlAndLock', 'toml', 'configToml']);

/** One element of `unions`; `undefined`: it may be anything. */
function partOf(reader: Reader, element: readonly NixToken[], depth = 0): Taken | undefined {
  const place = placeNamed(reader, element);
  if (place !== undefined) return everythingBelow(place);
  const [first] = element;
  if (first === undefined || depth > DEEPEST) return undefined;
  if (element.length === 1 && first.kind === 'word') {
    const value = boundValue(reader.bindings, first);
    return value === undefined ? undefined : partOf(reader, value, depth + 1);
  }
  const inner = isSign(first, '(') && closingIndex(element, 0) === element.length - 1 ? element.slice(1, -1) : element;
  const [called, ...parameters] = callOf(inner);
  const [parameter = []] = parameters;
  if (called === undefined || parameters.length === 0) return undefined;
  const below = placeNamed(reader, parameters.at(-1) ?? []);
  if (called === 'unions') return isSign(parameter[0], '[') ? unionOf(reader, listElements(parameter, 0)) : undefined;
  if (below === undefined) return undefined;
  if (parameters.length === 1 && CARGO_FILTERS.has(called)) return cargoFilesBelow(below);
  if (parameters.length === 1 && called === 'maybeMissing') return everythingBelow(below);
  if (parameters.length !== 2 || called !== 'fileFilter') return undefined;
  const predicate = readNixPredicate(parameter, reader.bindings);
  return predicate === undefined ? undefined : { places: [below], keeps: (path) => isBelow(path, below) && predicate.accepts(path) };
}

/** `a.b.f x y`: the name that is called, and what it is given. */
function callOf(tokens: readonly NixToken[]): readonly [called?: string, ...parameters: (readonly NixToken[])[]] {
  let index = 0;
  while (tokens[index]?.kind === 'word' && isSign(tokens[index + 1], '.')) index += 2;
  const called = tokens[index];
  if (called?.kind !== 'word') return [];
  const parameters: (readonly NixToken[])[] = [];
  for (index += 1; index < tokens.length;) {
    const parameter = argumentAt(tokens, index);
    parameters.push(parameter);
    index += parameter.length;
  }
  return [called.text, ...parameters];
}

/** What stands at an index as one argument: something in brackets, or a name with what is selected from it. */
function argumentAt(tokens: readonly NixToken[], index: number): readonly NixToken[] {
  let end = closingIndexOf(tokens, index);
  while (isSign(tokens[end + 1], '.') && end + 2 < tokens.length) end = closingIndexOf(tokens, end + 2);
  return tokens.slice(index, end + 1);
}

function closingIndexOf(tokens: readonly NixToken[], index: number): number {
  const token = tokens[index];
  return isSign(token, '(') || isSign(token, '[') || isSign(token, '{') ? closingIndex(tokens, index) : index;
}

const DEEPEST = 4;

/** The place that an expression names: a path, `self`, a name that is bound to one, and either of them cleaned or wrapped; else `undefined`. */
function placeNamed(reader: Reader, expression: readonly NixToken[], depth = 0): string | undefined {
  const [first] = expression;
  if (first === undefined || depth > DEEPEST) return undefined;
  if (expression.length === 1 && first.kind === 'path') return joined(directoryOf(reader.file.path), first.text);
  const names = expression.filter(({ kind }) => kind === 'word').map(({ text }) => text);
  const isSelection = expression.every((token) => token.kind === 'word' || isSign(token, '.'));
  if (isSelection && /^(?:inputs\.)?self(?:\.outPath)?$/.test(names.join('.'))) return flakeDirectory(reader);
  if (expression.length === 1 && first.kind === 'word') {
    const value = boundValue(reader.bindings, first);
    return value === undefined ? undefined : placeNamed(reader, value, depth + 1);
  }
  if (isSign(first, '(') && closingIndex(expression, 0) === expression.length - 1) {
    return placeNamed(reader, expression.slice(1, -1), depth + 1);
  }
  const [called, parameter, ...more] = callOf(expression);
  if (parameter === undefined || more.length > 0) return undefined;
  return called === 'path' || called === 'cleanSource' ? placeNamed(reader, parameter, depth + 1) : undefined;
}

/** The directory of the flake that a file belongs to. */
function flakeDirectory({ repository, file }: Reader): string | undefined {
  for (let place = directoryOf(file.path); ; place = directoryOf(place)) {
    if (repository.has(joined(place, 'flake.nix'))) return place;
    if (place === '') return undefined;
  }
}

/** `cleanSourceWith { src = …; filter = …; }`, when the filter is crane's with something added. */
function filteredSource(reader: Reader, attributes: readonly NixToken[]): Taken | undefined {
  const own = nixBindings(attributes);
  const source = own.find(({ name }) => name === 'src')?.value;
  const filter = own.find(({ name }) => name === 'filter')?.value;
  if (source === undefined || filter === undefined) return undefined;
  const place = placeNamed(reader, source);
  const predicate = readNixPredicate(filter, reader.bindings);
  if (place === undefined || predicate?.takesCargoFiles !== true) return undefined;
  return { places: [place], keeps: (path) => isBelow(path, place) && (isCargoFile(path) || predicate.accepts(path)) };
}

/** `sourceByRegex src [ "src" "src/.*" ]`: a file is taken when it and every directory above it match (nixpkgs, `lib/sources.nix`). */
function matchedSource(reader: Reader, source: readonly NixToken[], list: readonly NixToken[]): Taken | undefined {
  const place = placeNamed(reader, source);
  const patterns = listElements(list, 0).map(([token]) => (token?.kind === 'string' ? wholeMatch(nixStringValue(token)) : undefined));
  if (place === undefined || !isSign(list[0], '[') || patterns.includes(undefined)) return undefined;
  const matches = (path: string): boolean => patterns.some((pattern) => pattern?.test(path) === true);
  const keeps = (path: string): boolean => {
    const names = (place === '' ? path : path.slice(place.length + 1)).split('/');
    return isBelow(path, place) && names.every((_, index) => matches(names.slice(0, index + 1).join('/')));
  };
  return takesManifest(reader.repository, place, { places: [place], keeps }) ? { places: [place], keeps } : undefined;
}
