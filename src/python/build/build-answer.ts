import { join } from 'node:path';
import * as v from 'valibot';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ActionResult } from '../../model/action.ts';
import { type Digest, digestOfFile } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import { type BuildSubject, explainBuildFailure, wordsOf } from './build-failure.ts';
import { BUILD_OUTPUT, MODULES_OUTPUT } from './wheel-build-action.ts';

/** The file that a backend made. */
export interface BuiltFile {
  readonly filename: string;
  /** Absolute path in the store. Never write to it. */
  readonly path: string;
  /** Of the file's bytes. */
  readonly digest: Digest;
  /** Where the project's sources stood during the build: paths below it in an editable wheel mean the checkout. */
  readonly sourceRoot: string;
  /** Absolute directory in the store of the compiled modules that an editable build left among the sources; `undefined`: there are none. */
  readonly modules: string | undefined;
}

const built = v.object({ ok: v.literal(true), file: v.string(), source: v.array(v.string()) });
const asked = v.object({ ok: v.literal(true), requires: v.array(v.string()) });
const refused = v.variant('reason', [
  v.object({ reason: v.literal('raised') }),
  v.object({ reason: v.literal('import'), backend: v.string() }),
  v.object({ reason: v.literal('no-hook'), backend: v.string() }),
  v.object({ reason: v.literal('no-file'), named: v.string() }),
  v.object({ reason: v.literal('backend-path'), path: v.string() }),
  v.object({ reason: v.literal('requires'), missing: v.array(v.string()) }),
]);

/** Why no file was made, in the runner's words. */
export type Refusal = v.InferOutput<typeof refused>;

/** What is needed to read a finished build. */
export interface FinishedBuild {
  readonly store: Store;
  readonly subject: BuildSubject;
  readonly result: ActionResult;
}

/**
 * The file that a build made (`wheelBuildAction`, `editableBuildAction`, `sdistBuildAction`). F0986: the backend asks for requirements
 * that are not there. F0987: it failed. F0988: it wanted the network. F0994: it cannot do what was asked.
 */
export function readBuiltFile(finished: FinishedBuild): Result<BuiltFile> {
  const { store, result } = finished;
  if (result.exitCode !== 0) return failure(finished);
  const answer = v.parse(built, JSON.parse(wordsOf(store, result.stdout)));
  const directory = outputDirectory(finished, BUILD_OUTPUT);
  if (directory === undefined) throw new Error(`internal: the build of ${finished.subject.label} has no output in the store`);
  const path = join(directory, answer.file);
  const modules = outputDirectory(finished, MODULES_OUTPUT);
  return ok({ filename: answer.file, path, digest: digestOfFile(path), sourceRoot: answer.source.join('/'), modules });
}

function outputDirectory({ store, result }: FinishedBuild, path: string): string | undefined {
  const output = result.outputs.find((found) => found.path === path);
  return output === undefined ? undefined : store.treePath(output.digest);
}

/** What the backend needs beyond its `requires`, as it says it, without those it says twice. Diagnostics as of {@link readBuiltFile}. */
export function readAskedRequirements(finished: FinishedBuild): Result<readonly string[]> {
  if (finished.result.exitCode !== 0) return failure(finished);
  return ok(v.parse(asked, JSON.parse(wordsOf(finished.store, finished.result.stdout))).requires);
}

function failure<T>(finished: FinishedBuild): Result<T> {
  const { store, result, subject } = finished;
  return fail(
    explainBuildFailure({
      subject,
      refusal: readRefusal(wordsOf(store, result.stdout)),
      exitCode: result.exitCode,
      output: wordsOf(store, result.stderr),
    }),
  );
}

/** `undefined`: the runner came to no answer, since it was killed or its interpreter does not start. */
function readRefusal(text: string): Refusal | undefined {
  try {
    const checked = v.safeParse(refused, JSON.parse(text));
    return checked.success ? checked.output : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
