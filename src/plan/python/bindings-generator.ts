import { dirname, join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import type { ChosenRequirement } from '../../python/build/build-requirements.ts';
import { NO_SETTINGS } from '../../python/maturin/settings.ts';
import { isTable, ManifestReader } from '../../rust/cargo/manifest.ts';
import type { Toolchain } from '../../rust/toolchain.ts';
import { type ExtensionPlan, planExtension } from '../extension-plan.ts';
import type { CrateAnswers } from '../packing-answers.ts';
import { type ExtensionQuestion, workspaceOptions } from './extension-question.ts';

/** The program that writes the Python side of a library for UniFFI. */
const UNIFFI_PROGRAM = 'uniffi-bindgen';

/**
 * What generates the Python side of a library: with cffi a build requirement, with UniFFI a program of the crate, or else of the
 * workspace, as a further set of units (dev profile, as `cargo run` has it), or a build requirement, which is `undefined`. F1000, F1001.
 */
export async function bindingsGenerator(
  planned: ExtensionQuestion & { readonly extension: ExtensionPlan; readonly toolchain: Toolchain },
  of: {
    readonly requires: readonly ChosenRequirement[];
    readonly subject: BuildSubject;
    readonly answers: () => Promise<Result<CrateAnswers>>;
  },
): Promise<Result<ExtensionPlan | undefined>> {
  const { extension, toolchain } = planned;
  const { requires, subject } = of;
  const isRequired = (wanted: string): boolean => requires.some(({ name }) => name === wanted);
  if (extension.generated === 'cffi') return isRequired('cffi') ? ok(undefined) : fail(withoutCffi(subject));
  const answers = await of.answers();
  if (!answers.ok) return answers;
  const manifest = join(extension.crate.manifestDirectory, 'Cargo.toml');
  const owners = answers.value.members.filter(({ targets }) =>
    targets.some((target) => target.name === UNIFFI_PROGRAM && target.kinds.includes('bin')),
  );
  const owner = owners.find(({ manifestPath }) => manifestPath === manifest) ?? owners[0];
  if (owner === undefined) return isRequired(UNIFFI_PROGRAM) ? ok(undefined) : fail(withoutBindgen(subject));
  return await planExtension({
    ...workspaceOptions(planned, toolchain),
    directory: dirname(owner.manifestPath),
    wanted: { kind: 'programs', names: [UNIFFI_PROGRAM] },
    settings: { ...NO_SETTINGS, bindings: 'bin' },
    features: requiredFeatures(owner.manifestPath),
    moduleName: undefined,
    profile: 'dev',
    editable: false,
  });
}

/** `required-features` of the program: cargo does not enable them by itself. */
function requiredFeatures(manifest: string): readonly string[] {
  const programs = new ManifestReader().table(manifest)?.['bin'];
  const tables = Array.isArray(programs) ? programs.filter(isTable) : [];
  const features = tables.find((table) => table['name'] === UNIFFI_PROGRAM)?.['required-features'];
  return Array.isArray(features) ? features.filter((feature) => typeof feature === 'string') : [];
}

function withoutCffi({ label, span }: BuildSubject): Diagnostic {
  return {
    code: 'F1000',
    severity: 'error',
    blame: 'input',
    message: `\`${label}\` is opened with cffi, which is not among its build requirements`,
    ...(span === undefined ? {} : { span }),
    hints: [
      'add `cffi` to `requires` of `[build-system]`, or set `bindings = "cffi"` in `[tool.maturin]`, and run `ferrule lock`',
      'if it is meant to be a pyo3 module, add `pyo3` to the dependencies of its crate, or check that no feature turns it off',
    ],
  };
}

function withoutBindgen({ label, span }: BuildSubject): Diagnostic {
  return {
    code: 'F1001',
    severity: 'error',
    blame: 'input',
    message: `nothing writes the Python side of \`${label}\`: there is no program \`${UNIFFI_PROGRAM}\``,
    ...(span === undefined ? {} : { span }),
    hints: [
      `add a \`[[bin]]\` named \`${UNIFFI_PROGRAM}\` to its crate, whose \`main\` calls \`uniffi::uniffi_bindgen_main()\``,
      `or add \`${UNIFFI_PROGRAM}\` to \`requires\` of \`[build-system]\`, and run \`ferrule lock\``,
    ],
  };
}
