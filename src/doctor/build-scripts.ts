import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import { isTable } from '../rust/cargo/manifest.ts';
import { type CheckedRepository, joined } from './checked-repository.ts';
import { placeOf, valueAt } from './manifest-tables.ts';

/** Crates that a build script has for nothing but the network. */
const CLIENTS: ReadonlySet<string> = new Set(['attohttpc', 'curl', 'git2', 'isahc', 'minreq', 'octocrab', 'reqwest', 'surf', 'ureq']);

const FETCHING = /Command::new\(\s*"(curl|wget|npm|npx|yarn|pnpm|pip|pip3|uv|go|cargo)"/g;
const GIT = /Command::new\(\s*"git"/g;

/** Published crates whose build scripts download something, and what keeps them from it (their own documentation). */
const DOWNLOADING: ReadonlyMap<string, string> = new Map([
  ['ort-sys', 'set `ORT_LIB_LOCATION` to a directory with the library'],
  ['skia-bindings', 'set `SKIA_BINARIES_URL` to a `file://` address of the archive'],
  ['torch-sys', 'set `LIBTORCH` to a directory with libtorch'],
  ['utoipa-swagger-ui', 'switch its feature `vendored` on, or set `SWAGGER_UI_DOWNLOAD_URL` to a `file://` address'],
  ['v8', 'set `RUSTY_V8_ARCHIVE` to the path of the archive'],
]);

/** F1110: build scripts that reach for the network, or for git's own files: there is neither in a sandbox, Ferrule's or Nix's. */
export function examineBuildScripts(repository: CheckedRepository): readonly Diagnostic[] {
  return [
    ...repository.packages.flatMap((crate) => [...networkClients(repository, crate), ...startedPrograms(repository, crate)]),
    ...repository.files.filter((path) => path.endsWith('Cargo.lock')).flatMap((lock) => downloadingCrates(repository, lock)),
  ];
}

function networkClients(repository: CheckedRepository, crate: string): readonly Diagnostic[] {
  const manifest = joined(crate, 'Cargo.toml');
  const dependencies = repository.toml(manifest)?.['build-dependencies'];
  return Object.entries(isTable(dependencies) ? dependencies : {}).flatMap(([key, value]) => {
    const name = isTable(value) && typeof value['package'] === 'string' ? value['package'] : key;
    if (!CLIENTS.has(name)) return [];
    return [
      {
        code: 'F1110',
        severity: 'warning',
        blame: 'input',
        message: `the build script of \`${nameOf(repository, crate)}\` has \`${name}\` to reach the network with, and a sandbox has none`,
        ...placeOf(repository, manifest, ['build-dependencies', key], 'key'),
        hints: ['keep what it fetches in the repository, or let a crate bring it along'],
      },
    ];
  });
}

function startedPrograms(repository: CheckedRepository, crate: string): readonly Diagnostic[] {
  const written = valueAt(repository.toml(joined(crate, 'Cargo.toml')), 'package', 'build');
  const file = joined(crate, typeof written === 'string' ? written : 'build.rs');
  const text = repository.text(file);
  if (text === undefined) return [];
  const place = (match: RegExpExecArray): Pick<Diagnostic, 'span'> => ({
    span: spanAt({ file, text, start: match.index, end: match.index + match[0].length }),
  });
  const fetching = [...text.matchAll(FETCHING)]
    .filter(({ index }) => !asksVersion(text, index))
    .map((match): Diagnostic => ({
      code: 'F1110',
      severity: 'warning',
      blame: 'input',
      message: `the build script of \`${nameOf(repository, crate)}\` starts \`${match[1] ?? ''}\`, which fetches, and a sandbox has no network`,
      ...place(match),
      hints: ['keep what it fetches in the repository; a program that it needs is declared with `tools` in `ferrule.toml`'],
    }));
  const git = [...text.matchAll(GIT)].slice(0, 1).map((match): Diagnostic => ({
    code: 'F1110',
    severity: 'warning',
    blame: 'input',
    message: `the build script of \`${nameOf(repository, crate)}\` starts \`git\`, and a sandbox has no \`.git\``,
    ...place(match),
    hints: ['let it go on without, and take the commit from a variable: `pass-environment = ["GIT_SHA"]` in `ferrule.toml`'],
  }));
  return [...fetching, ...git];
}

/** Whether the program that is started at an offset is only asked which it is. */
function asksVersion(text: string, start: number): boolean {
  const statement = text.slice(start, start + 400).split(';', 1)[0] ?? '';
  return /"(?:--version|-V|-v|version)"/.test(statement);
}

function nameOf(repository: CheckedRepository, crate: string): string {
  const name = valueAt(repository.toml(joined(crate, 'Cargo.toml')), 'package', 'name');
  return typeof name === 'string' ? name : crate;
}

function downloadingCrates(repository: CheckedRepository, lock: string): readonly Diagnostic[] {
  const text = repository.text(lock) ?? '';
  return [...text.matchAll(/^name = "([^"]+)"$/gm)].flatMap((match) => {
    const [line, name = ''] = match;
    const remedy = DOWNLOADING.get(name);
    if (remedy === undefined) return [];
    return [
      {
        code: 'F1110',
        severity: 'warning',
        blame: 'input',
        message: `the build script of \`${name}\` downloads, and a sandbox has no network`,
        span: spanAt({ file: lock, text, start: match.index, end: match.index + line.length }),
        hints: [`${remedy}, with \`environment\` of an \`[[override]]\` in \`ferrule.toml\``],
      },
    ];
  });
}
