import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type Digest, parseSha256 } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import { cargoHomeOf } from './cargo-home.ts';
import { arrayIn, numberIn, objectIn, objectOf, ShapeError, stringIn } from './json-shape.ts';
import type { ProcessRunner } from './process.ts';
import { isRustupProxy, rustupChoice } from './rustup.ts';
import type { Toolchain } from '../toolchain.ts';
import { hashToolchain, isUnchanged, stampOf, type ToolchainTree } from './toolchain-tree.ts';

export interface ToolchainRequest {
  /** Where cargo would be started: overrides and `rust-toolchain` files are looked for from here upwards. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly run: ProcessRunner;
  readonly store: Pick<Store, 'getNote' | 'putNote' | 'adoptTree'>;
}

/**
 * The toolchain cargo would use in a directory, with its identity. rustup's proxies are seen through without being started;
 * what had to be asked or hashed is kept as store notes for as long as the toolchain's files look the same, so that a
 * second run starts no process. It is hashed when its tree is first asked for. `RUSTC` names another compiler. Fails with F0201, F0202, F0219 or F0222.
 */
export async function findToolchain(request: ToolchainRequest): Promise<Result<Toolchain>> {
  const place = await findPlace(request);
  if (!place.ok) return place;
  const known = recallIdentity(request.store, place.value);
  const versions = known ?? (await askVersions(request, place.value));
  if ('severity' in versions) return fail(versions);
  const { rustcVerboseVersion, cargoVersion } = versions;
  if (known !== undefined) request.store.adoptTree(known.tree, place.value.sysroot);
  let tree = known?.tree;
  return ok({
    ...place.value,
    get tree() {
      tree ??= learnTree(request.store, place.value, versions);
      return tree;
    },
    rustcVerboseVersion,
    cargoVersion,
    rustcVersion: lineOf(rustcVerboseVersion, 'release'),
    host: lineOf(rustcVerboseVersion, 'host'),
  });
}

interface ToolchainPlace {
  readonly sysroot: string;
  readonly cargo: string;
  readonly rustc: string;
}

async function findPlace(request: ToolchainRequest): Promise<Result<ToolchainPlace>> {
  const { environment } = request;
  const override = environment['RUSTC'];
  const rustc = findProgram('rustc', environment, override);
  if (rustc === undefined) return fail(noToolchain());
  // cargo decides: its proxy makes every `rustc` it starts one of the same toolchain.
  const deciding = override === undefined ? [findProgram('cargo', environment, undefined), rustc] : [rustc];
  if (!deciding.some((program) => program !== undefined && isRustupProxy(program))) return placeOutsideRustup(request, rustc);
  const rustupHome = environment['RUSTUP_HOME'] ?? join(environment['HOME'] ?? '/', '.rustup');
  const choice = rustupChoice({ directory: realpathSync(request.directory), environment, rustupHome });
  if (!choice.ok) return choice;
  const { sysroot } = choice.value;
  return ok({ sysroot, cargo: join(sysroot, 'bin/cargo'), rustc: join(sysroot, 'bin/rustc') });
}

/** A compiler of a distribution, of Nix, or built by hand: it is asked once for its sysroot. */
async function placeOutsideRustup(request: ToolchainRequest, rustc: string): Promise<Result<ToolchainPlace>> {
  const real = realpathSync(rustc);
  const noteKey = JSON.stringify([real, stampOf(real)]);
  let sysroot = request.store.getNote('sysroot', noteKey);
  if (sysroot === undefined || !existsSync(sysroot)) {
    const outcome = await ask(request, rustc, ['--print=sysroot']);
    if (outcome.exitCode !== 0) return fail(cannotAsk(rustc, outcome.stderr));
    sysroot = outcome.stdout.trim();
    request.store.putNote('sysroot', noteKey, sysroot);
  }
  const own = join(sysroot, 'bin/rustc');
  const cargo = [join(sysroot, 'bin/cargo'), findProgram('cargo', request.environment, undefined)].find(
    (path) => path !== undefined && existsSync(path) && !isRustupProxy(path),
  );
  if (cargo === undefined) return fail(noToolchain());
  return ok({ sysroot, cargo, rustc: existsSync(own) ? own : rustc });
}

/** `override` if given, else the first executable of that name on PATH, else where rustup puts its proxies. */
function findProgram(name: string, environment: Readonly<Record<string, string>>, override: string | undefined): string | undefined {
  if (override !== undefined && isAbsolute(override)) return override;
  const wanted = override === undefined || override === '' || override.includes('/') ? name : override;
  const directories = [...(environment['PATH'] ?? '').split(':').filter((entry) => entry !== ''), join(cargoHomeOf(environment), 'bin')];
  return directories.map((directory) => join(directory, wanted)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not permitted to run it: as good as absent.
    return false;
  }
}

interface Versions {
  readonly rustcVerboseVersion: string;
  readonly cargoVersion: string;
}

interface Identity extends Versions {
  readonly tree: Digest;
}

const NOTES = 'toolchain';

/** Raised when the note, or what the tree takes in, changes. */
const FORMAT = 1;

function noteKeyOf(place: ToolchainPlace): string {
  return JSON.stringify([FORMAT, place.sysroot, place.cargo, place.rustc]);
}

function recallIdentity(store: ToolchainRequest['store'], place: ToolchainPlace): Identity | undefined {
  const note = store.getNote(NOTES, noteKeyOf(place));
  if (note === undefined) return undefined;
  try {
    const entry = objectOf(JSON.parse(note), 'note');
    const stamps = arrayIn(entry, 'stamps').map(stampIn);
    const digest = objectIn(entry, 'tree');
    const hash = parseSha256(stringIn(digest, 'hash'));
    if (hash === undefined || !isUnchanged(stamps)) return undefined;
    return {
      tree: { hash, size: numberIn(digest, 'size') },
      rustcVerboseVersion: stringIn(entry, 'rustcVerboseVersion'),
      cargoVersion: stringIn(entry, 'cargoVersion'),
    };
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function stampIn(entry: unknown): ToolchainTree['stamps'][number] {
  const [path, stamp] = Array.isArray(entry) ? entry : [];
  if (typeof path !== 'string' || typeof stamp !== 'string') throw new ShapeError('stamps', 'are malformed');
  return [path, stamp];
}

/** `cargo -vV` would tell of the operating system too, and start programs to find out. */
async function askVersions(request: ToolchainRequest, place: ToolchainPlace): Promise<Versions | Diagnostic> {
  const [rustc, cargo] = await Promise.all([ask(request, place.rustc, ['-vV']), ask(request, place.cargo, ['--version'])]);
  if (rustc.exitCode !== 0) return cannotAsk(place.rustc, rustc.stderr);
  if (cargo.exitCode !== 0) return cannotAsk(place.cargo, cargo.stderr);
  return { rustcVerboseVersion: rustc.stdout, cargoVersion: cargo.stdout.split(/\s/)[1] ?? '' };
}

function learnTree(store: ToolchainRequest['store'], place: ToolchainPlace, versions: Versions): Digest {
  const { tree, stamps } = hashToolchain(place.sysroot, new Map(Object.entries({ cargo: place.cargo, rustc: place.rustc })));
  store.putNote(NOTES, noteKeyOf(place), JSON.stringify({ ...versions, tree, stamps }));
  store.adoptTree(tree, place.sysroot);
  return tree;
}

function ask(request: ToolchainRequest, program: string, words: readonly string[]) {
  const { RUSTC_LOG: _log, RUSTC_BOOTSTRAP: _bootstrap, ...environment } = request.environment;
  return request.run({ program, arguments: words, environment, directory: request.directory });
}

/** Value of a line `key: value` of `rustc -vV`; `''` when it is missing. */
function lineOf(text: string, key: string): string {
  const prefix = `${key}: `;
  return (
    text
      .split('\n')
      .find((line) => line.startsWith(prefix))
      ?.slice(prefix.length)
      .trim() ?? ''
  );
}

function noToolchain(): Diagnostic {
  return {
    code: 'F0201',
    severity: 'error',
    blame: 'input',
    message: 'no Rust toolchain was found',
    hints: ['install rustup, or put `cargo` and `rustc` on `PATH`'],
  };
}

function cannotAsk(program: string, output: string): Diagnostic {
  return { code: 'F0222', severity: 'error', blame: 'infrastructure', message: `\`${program}\` does not run`, output };
}
