import { statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { gitCheckout } from '../plan/git-checkout.ts';
import type { PlaceName } from '../repository/place-name.ts';
import { runProcess } from '../rust/cargo/node-process.ts';
import type { Store } from '../store/store.ts';
import { listOutputs, type PackageOutputs, type RepositoryOutputs } from './list-outputs.ts';

/** Where to build what is to be run. */
export interface FoundPlace {
  /** Absolute. */
  readonly directory: string;
  /** As `ferrule build` takes it. */
  readonly target: string;
}

export interface PlaceRequest {
  readonly place: PlaceName;
  /** The place as written. */
  readonly text: string;
  /** Absolute: where paths count from. */
  readonly directory: string;
  /** Absolute. */
  readonly storeDirectory: string;
  readonly store: Store;
  readonly environment: Readonly<Record<string, string>>;
  readonly offline: boolean;
  readonly onProgress: (text: string) => void;
}

/** Finds what `ferrule run` is to build in a directory or a git repository elsewhere. F1120 no such directory, F1121 nothing or too much to run. */
export async function findPlace(request: PlaceRequest): Promise<Result<FoundPlace>> {
  const { place, text, store, environment } = request;
  const found = await directoryOfPlace(request);
  if (!found.ok) return found;
  const { target } = place;
  if (target !== undefined) return ok({ directory: found.value, target });
  const outputs = await listOutputs({ directory: found.value, store, environment });
  if (!outputs.ok) return outputs;
  const chosen = onlyProgram(outputs.value, { place: text, directory: found.value });
  return chosen.ok ? ok({ directory: found.value, target: chosen.value }) : chosen;
}

async function directoryOfPlace(request: PlaceRequest): Promise<Result<string>> {
  const { place } = request;
  if (place.kind === 'directory') {
    const directory = resolve(request.directory, place.path);
    return isDirectory(directory) ? ok(directory) : fail(noDirectory(place.path));
  }
  const checkout = await gitCheckout({ ...request, place, checkouts: join(request.storeDirectory, 'checkouts'), run: runProcess });
  if (!checkout.ok) return checkout;
  const directory = join(checkout.value, place.directory);
  return isDirectory(directory) ? ok(directory) : fail(noDirectory(place.directory));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The package to run: the only one with a program among the members around a directory, or the one called like the place. */
function onlyProgram(
  outputs: RepositoryOutputs,
  { place, directory }: { readonly place: string; readonly directory: string },
): Result<string> {
  const path = relative(outputs.root, directory).split(sep).join('/');
  const around = outputs.members.filter((member) => path !== '' && (path === member.path || path.startsWith(`${member.path}/`)));
  const packages = (around.length > 0 ? around : outputs.members).flatMap((member) => member.packages);
  const runnable = packages.filter(({ programs }) => programs.length > 0);
  const [only, second] = runnable;
  const named = runnable.find(({ name }) => name === basename(directory) || name === placeBase(place));
  const chosen = second === undefined ? only : named;
  return chosen === undefined ? fail(undecided(place, runnable)) : ok(chosen.name);
}

/** `cube` of `git+https://forge.example/cube.git?rev=…`. */
function placeBase(place: string): string {
  return basename(place.replace(/[?#].*$/, '')).replace(/\.git$/, '');
}

function noDirectory(path: string): Diagnostic {
  return {
    code: 'F1120',
    severity: 'error',
    blame: 'input',
    message: `there is no directory \`${path}\``,
    hints: ['a target of this repository is written without a path: `NAME`, or `NAME:OUTPUT`'],
  };
}

function undecided(place: string, runnable: readonly PackageOutputs[]): Diagnostic {
  return {
    code: 'F1121',
    severity: 'error',
    blame: 'input',
    message: runnable.length === 0 ? `\`${place}\` has no program to run` : `\`${place}\` has more than one program to run`,
    hints:
      runnable.length === 0
        ? [`\`ferrule -C ${place} show\` lists what it builds`]
        : runnable.map(({ name }) => `\`ferrule run '${place}#${name}'\``),
  };
}
