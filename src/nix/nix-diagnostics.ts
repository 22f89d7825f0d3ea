import type { Diagnostic } from '../diagnostics/diagnostic.ts';

export function noNix(): Diagnostic {
  return {
    code: 'F1152',
    severity: 'error',
    blame: 'infrastructure',
    message: '`nix-store` and `nix-instantiate` are not on the `PATH`',
    hints: ['install Nix, or build with the local engine: leave `--engine nix` out'],
  };
}

export function noSystem({ platform, arch }: { readonly platform: string; readonly arch: string }): Diagnostic {
  return {
    code: 'F1152',
    severity: 'error',
    blame: 'infrastructure',
    message: 'Nix has no name for this kind of machine',
    facts: [['machine', `${arch} ${platform}`]],
  };
}

/** The expressions were refused: most often there is no package set to be had. */
export function evaluationFailed(messages: readonly string[]): Diagnostic {
  const text = messages.join('\n');
  const noPackages = /nixpkgs.*was not found|has no attribute 'nixpkgs'|attribute 'nixpkgs' missing/.test(text);
  return {
    code: 'F1153',
    severity: 'error',
    blame: noPackages ? 'input' : 'infrastructure',
    message: 'Nix could not evaluate the plan',
    output: `${text}\n`,
    hints: noPackages
      ? [
          'add a flake with `ferrule nix export`, which brings nixpkgs, or name a package set: `[nix] packages = "FILE.nix"` in `ferrule.toml`',
        ]
      : [],
  };
}

export function stalePlan(files: readonly string[]): Diagnostic {
  return {
    code: 'F1156',
    severity: 'error',
    blame: 'input',
    message: 'the files for Nix are not what `ferrule nix export` would write',
    facts: files.map((file) => ['file', file] as const),
    hints: ['run `ferrule nix export` and commit what it writes'],
  };
}

export function realisationFailed(messages: readonly string[], hints: readonly string[]): Diagnostic {
  return {
    code: 'F1154',
    severity: 'error',
    blame: 'infrastructure',
    message: 'Nix could not build the derivations',
    output: `${messages.filter((message) => !message.startsWith('building ')).join('\n')}\n`,
    hints,
  };
}

export function buildFailed(failed: {
  readonly label: string;
  readonly derivation: string;
  readonly lines: readonly string[];
}): Diagnostic {
  const { label, derivation, lines } = failed;
  return {
    code: 'F1155',
    severity: 'error',
    blame: 'build',
    message: `${label} failed`,
    output: `${lines.join('\n')}\n`,
    hints: [`run \`nix-store --read-log ${derivation}\` for the whole log`],
  };
}

/** A check of `ferrule.toml` without an environment. */
export function programOfMachine(label: string, program: string): Diagnostic {
  return {
    code: 'F1157',
    severity: 'error',
    blame: 'input',
    message: `the check \`${label}\` runs \`${program}\`, a program of this machine`,
    hints: ['give the check a Python environment that has the program (`project` or `environment`), or run it with the local engine'],
  };
}

export function notOnNix(label: string, reason: string): Diagnostic {
  return {
    code: 'F1162',
    severity: 'error',
    blame: 'input',
    message: `\`${label}\` cannot be built by Nix: ${reason}`,
    hints: ['build it with the local engine, which is what `ferrule build` does without `--engine nix`'],
  };
}
