import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import { type CheckedRepository, directoryOf, isBelow, isOutside, joined, oncePerDirectory } from './checked-repository.ts';
import { governorOf } from './cargo-workspaces.ts';
import { pathDependencies, placeOf, valueAt } from './manifest-tables.ts';

/** A file that a crate compiles in. */
export interface CompiledInFile {
  /** Directory of the crate. */
  readonly crate: string;
  /** Relative to the root; begins with `..` when it lies outside. */
  readonly target: string;
  /** Where it is named. */
  readonly span: Span;
}

/** Every file that `include_*!` and `#[path]` of a crate name, in it or not, as far as it exists; `include!` of what a build script makes is none. */
export const compiledInFiles = oncePerDirectory((repository, crate): readonly CompiledInFile[] =>
  repository.rustFiles(crate).flatMap((file) => {
    const scan = repository.rust(file);
    const text = repository.text(file) ?? '';
    if (scan === undefined) return [];
    const included = scan.includes.map(({ base, path, start, end }) => ({
      target: joined(base === 'manifest' ? crate : directoryOf(file), path.replace(/^\/+/, '')),
      span: spanAt({ file, text, start, end }),
    }));
    const modules = scan.paths.map(({ path }) => ({ target: joined(directoryOf(file), path), span: literalSpan(file, text, path) }));
    const named = scan.named.map(({ base, path }) => ({
      target: joined(base === 'src' ? joined(crate, 'src') : crate, path),
      span: literalSpan(file, text, path),
    }));
    return [...included, ...modules, ...named]
      .filter(({ target }) => target !== crate && existsSync(join(repository.root, target)))
      .map((found) => ({ crate, ...found }));
  }),
);

function literalSpan(file: string, text: string, literal: string): Span {
  const start = text.indexOf(`"${literal}"`);
  return start === -1 ? spanAt({ file, text, start: 0 }) : spanAt({ file, text, start, end: start + literal.length + 2 });
}

/** F1102: files that a crate compiles in from outside its directory. F1103: papers that a manifest names there. F1118: crates used by path across what glue copies. */
export function examineOutsideFiles(repository: CheckedRepository): readonly Diagnostic[] {
  return [
    ...repository.packages.flatMap((crate) => outsideFilesOf(repository, crate)),
    ...repository.packages.flatMap((crate) => cratePapers(repository, crate)),
    ...repository.files.filter((path) => path.endsWith('pyproject.toml')).flatMap((path) => projectPapers(repository, path)),
    ...repository.packages.flatMap((crate) => crossingPaths(repository, crate)),
  ];
}

const SHOWN = 4;

function outsideFilesOf(repository: CheckedRepository, crate: string): readonly Diagnostic[] {
  const outside = compiledInFiles(repository, crate).filter(({ target }) => !isBelow(target, crate));
  const unreachable = outside.filter(({ target }) => isOutside(target));
  const within = outside.filter(({ target }) => !isOutside(target));
  const name = crateName(repository, crate);
  return [
    ...unreachable.map(({ target, span }): Diagnostic => ({
      code: 'F1102',
      severity: 'error',
      blame: 'input',
      message: `\`${name}\` compiles in \`${target}\`, which lies outside of the repository`,
      span,
      hints: ['move the file into the repository: no sandbox and no other checkout has it'],
    })),
    ...(within[0] === undefined ? [] : [withinRepository(name, within[0], within.slice(1))]),
  ];
}

function withinRepository(name: string, first: CompiledInFile, more: readonly CompiledInFile[]): Diagnostic {
  const count = new Set([first, ...more].map(({ target }) => target)).size;
  return {
    code: 'F1102',
    severity: 'warning',
    blame: 'input',
    message: `\`${name}\` compiles in ${count === 1 ? 'a file' : `${count} files`} from outside of its directory: \`${first.target}\`${count === 1 ? '' : ' is one'}`,
    span: first.span,
    related: more.slice(0, SHOWN).map(({ target, span }) => ({ message: `\`${target}\``, span })),
    hints: [
      'Ferrule finds these by itself; a source filter of Nix glue, a `COPY` of a Dockerfile and the published crate do not have them',
    ],
  };
}

function crateName(repository: CheckedRepository, crate: string): string {
  const name = valueAt(repository.toml(joined(crate, 'Cargo.toml')), 'package', 'name');
  return typeof name === 'string' ? name : crate;
}

function cratePapers(repository: CheckedRepository, crate: string): readonly Diagnostic[] {
  const manifest = joined(crate, 'Cargo.toml');
  return ['readme', 'license-file'].flatMap((key) => {
    const written = valueAt(repository.toml(manifest), 'package', key);
    return typeof written === 'string' ? outsidePaper(repository, { manifest, keys: ['package', key], written }) : [];
  });
}

function projectPapers(repository: CheckedRepository, manifest: string): readonly Diagnostic[] {
  const places: readonly (readonly string[])[] = [
    ['project', 'readme'],
    ['project', 'readme', 'file'],
    ['project', 'license', 'file'],
  ];
  return places.flatMap((keys) => {
    const written = valueAt(repository.toml(manifest), ...keys);
    return typeof written === 'string' ? outsidePaper(repository, { manifest, keys, written }) : [];
  });
}

function outsidePaper(
  repository: CheckedRepository,
  { manifest, keys, written }: { readonly manifest: string; readonly keys: readonly string[]; readonly written: string },
): readonly Diagnostic[] {
  const target = joined(directoryOf(manifest), written);
  if (isBelow(target, directoryOf(manifest))) return [];
  return [
    {
      code: 'F1103',
      severity: 'warning',
      blame: 'input',
      message: `\`${manifest}\` names \`${target}\`, which lies outside of its directory`,
      ...placeOf(repository, manifest, keys),
      hints: [
        'put a copy or a link beside the manifest: what copies that directory alone, such as a source distribution or a Nix build, has no such file',
      ],
    },
  ];
}

function crossingPaths(repository: CheckedRepository, crate: string): readonly Diagnostic[] {
  const manifest = joined(crate, 'Cargo.toml');
  const flake = flakeAround(repository, crate);
  const workspace = governorOf(repository, crate).directory;
  return pathDependencies(repository.toml(manifest) ?? {}).flatMap(({ name, path, keys }): readonly Diagnostic[] => {
    const target = joined(crate, path);
    if (isOutside(target)) {
      const message = `\`${name}\` lies outside of the repository, at \`${target}\``;
      const hints = ['use a git dependency, or move the crate into the repository: no other checkout has it'];
      return [{ code: 'F1118', severity: 'error', blame: 'input', message, ...placeOf(repository, manifest, keys), hints }];
    }
    if (flake === undefined || isBelow(target, directoryOf(flake)) || !isBelow(crate, directoryOf(flake))) return [];
    return [
      {
        code: 'F1118',
        severity: 'warning',
        blame: 'input',
        message: `\`${name}\` lies at \`${target}\`, outside of what \`${flake}\` can copy with \`src = ./.\``,
        ...placeOf(repository, manifest, keys),
        facts: [['workspace', workspace || '.']],
        hints: ["Ferrule builds it where it lies; in Nix glue, take the repository's root as the source"],
      },
    ];
  });
}

/** The nearest `flake.nix` at a directory or above it. */
function flakeAround(repository: CheckedRepository, directory: string): string | undefined {
  for (let place = directory; ; place = directoryOf(place)) {
    const flake = joined(place, 'flake.nix');
    if (repository.has(flake)) return flake;
    if (place === '') return undefined;
  }
}
