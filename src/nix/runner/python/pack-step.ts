import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { CompiledCode, CompiledFile } from '../../../python/maturin/crate-facts.ts';
import { type EditableWheel, packEditable, packExtension } from '../../../python/maturin/pack-extension.ts';
import { plainDisk } from '../../../python/maturin/packing-disk.ts';
import { readPackingProject } from '../../../python/maturin/packing-project.ts';
import { librariesToGraft } from '../../../python/maturin/platform-tag.ts';
import { keepWheel } from '../../../python/wheel/keep-wheel.ts';
import { writeWheelArchive } from '../../../python/wheel-archive/write-wheel-archive.ts';
import { relativeToRoot, SOURCE_ROOT } from '../../../rust/layout.ts';
import type { PackStep } from '../../python-steps.ts';
import { RunnerFailure } from '../build-root.ts';
import { interpreterOf } from './interpreter.ts';
import { keepEditable } from './kept-editable.ts';
import { keepFile, keepWheelOf, type StepPlace, taken } from './step-place.ts';

/** Packs what was compiled, as the local engine does: `purpose` says whether an archive is wanted, or what it would hold. */
export async function packStep(step: PackStep, place: StepPlace): Promise<void> {
  const { store, root } = place;
  const top = relativeToRoot(SOURCE_ROOT);
  root.link(place.source(step.source), top);
  const ignoreRoot = root.locate(top);
  const directory = join(ignoreRoot, step.directory);
  const file = join(step.directory, 'pyproject.toml');
  const project = taken(readPackingProject({ directory, file, text: readFileSync(join(ignoreRoot, file), 'utf8') }));
  const { interpreter } = await interpreterOf(place);
  const code = compiledCode(step, place);
  const { purpose } = step;
  const foreign = librariesToGraft({ code, interpreter, settings: project.settings, purpose });
  if (foreign.length > 0) {
    throw new RunnerFailure(
      `the wheel of ${step.label} would have to take in ${foreign.join(', ')}, which Nix does not do: build it with the local engine, or set \`auditwheel = "skip"\` in \`[tool.maturin]\``,
    );
  }
  const request = {
    project,
    crate: {
      ...step.crate,
      manifestDirectory: join(ignoreRoot, step.crate.manifestDirectory),
      workspaceRoot: join(ignoreRoot, step.crate.workspaceRoot),
    },
    code,
    interpreter,
    purpose,
    ignoreRoot,
    outDirectories: new Map(step.outDirectories.map(({ crate, need, unit }) => [crate, join(place.need(need), 'out', unit)])),
    disk: plainDisk(store),
  };
  if (step.editable) return editableStep(taken(packEditable(request)), { ...place, ignoreRoot });
  const packed = taken(packExtension(request));
  const { filename, files, distInfo } = packed;
  if (purpose === 'install') return keepWheelOf(taken(keepWheel({ store, files, filename })), place);
  const read = (digest: CompiledFile['digest']): Uint8Array => {
    const bytes = store.readBlob(digest);
    if (bytes === undefined) throw new Error(`internal: a file of ${filename} is not in the store`);
    return bytes;
  };
  keepFile(filename, writeWheelArchive({ files, distInfo, read }), place);
}

/** What is not used where it lies. A module without Python beside it is a wheel as any other. */
function editableStep(packed: EditableWheel, place: StepPlace & { readonly ignoreRoot: string }): void {
  const { store, output, ignoreRoot } = place;
  const { files, filename, sources, modules } = packed;
  keepWheelOf(taken(keepWheel({ store, files, filename })), place);
  keepEditable(output, { sources: sources.map((source) => relative(ignoreRoot, source)), modules });
}

function compiledCode({ code }: PackStep, { store, need }: StepPlace): CompiledCode {
  const compiled = (index: number, file: string): CompiledFile => {
    const path = join(need(index), 'files', file);
    return { digest: store.copyFile(path, { executable: true }), path };
  };
  if (code.kind === 'module') {
    return { kind: 'module', library: compiled(code.need, code.file), stableAbi: code.stableAbi ?? undefined };
  }
  const programs = code.programs.map(({ name, need: index, file }) => ({ name, ...compiled(index, file) }));
  return { kind: 'programs', programs, embedsPython: false };
}
