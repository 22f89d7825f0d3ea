import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import { meantHint } from '../repository/did-you-mean.ts';
import type { PushCommand } from './push-command.ts';

const INPUT = { severity: 'error', blame: 'input' } as const;
const INFRASTRUCTURE = { severity: 'error', blame: 'infrastructure' } as const;

export function noSuchCache(name: string, caches: readonly CacheConfig[]): Diagnostic {
  const names = caches.map(({ name }) => name);
  const known = names.length === 0 ? '`ferrule.toml` has no `[caches.NAME]`' : `the caches are ${names.map(quoted).join(', ')}`;
  return {
    code: 'F1131',
    ...INPUT,
    message: `there is no cache \`${name}\` in \`ferrule.toml\``,
    hints: [...meantHint(name, names), known],
  };
}

export function notWritable(name: string): Diagnostic {
  return {
    code: 'F1132',
    ...INPUT,
    message: `nothing may be pushed to the cache \`${name}\``,
    hints: [`to allow it, add \`push = true\` to \`[caches.${name}]\` in \`ferrule.toml\``],
  };
}

export function nowhereToPush(caches: readonly CacheConfig[]): Diagnostic {
  const hint =
    caches.length === 0 ? 'describe one in `ferrule.toml`: `[caches.NAME]`' : 'add `push = true` to one of them in `ferrule.toml`';
  const message = caches.length === 0 ? 'there is no cache to push to' : 'none of the caches may be pushed to';
  return { code: 'F1132', ...INPUT, message, hints: [hint] };
}

export function notSet(cache: string, variable: string): Diagnostic {
  return {
    code: 'F1133',
    ...INPUT,
    message: `the environment variable \`${variable}\` is not set, which the cache \`${cache}\` needs`,
    hints: ['in CI, pass it from a secret; here, `export` it'],
  };
}

export function noSigningKey(problem: {
  readonly cache: string;
  readonly variable: string;
  readonly file: string | undefined;
}): Diagnostic {
  const { cache, variable, file } = problem;
  return {
    code: 'F1134',
    ...INPUT,
    message: `\`${variable}\` holds no signing key for the cache \`${cache}\``,
    facts: file === undefined ? [] : [['file', file]],
    hints: ['it must be a secret key, or the absolute path of a file with one, as `nix key generate-secret --key-name NAME` writes it'],
  };
}

export function untrustedKey(problem: { readonly cache: CacheConfig; readonly variable: string; readonly publicKey: string }): Diagnostic {
  const { cache, variable, publicKey } = problem;
  return {
    code: 'F1134',
    ...INPUT,
    message: `the signing key in \`${variable}\` is none that readers of the cache \`${cache.name}\` trust`,
    facts: [['its public key', publicKey], ...cache.publicKeys.map((key) => ['`public-keys`', key] as const)],
    hints: [`use the key that belongs to \`public-keys\`, or add this public key to \`[caches.${cache.name}]\``],
  };
}

/** @param cache `undefined`: whatever the cache, it is needed. */
export function noClient(cache: string | undefined, program: PushCommand['program']): Diagnostic {
  const use = cache === undefined ? '' : `, which pushes to the cache \`${cache}\``;
  return {
    code: 'F1135',
    ...INFRASTRUCTURE,
    message: `\`${program}\` is not on the \`PATH\`${use}`,
    hints: [program === 'nix' ? 'install Nix' : `install it, for example with \`nix profile install nixpkgs#${PACKAGES[program]}\``],
  };
}

const PACKAGES = { attic: 'attic-client', cachix: 'cachix' } as const;

export function pushFailed(
  cache: string,
  ended: { readonly program: string; readonly status: string; readonly output: string },
): Diagnostic {
  return {
    code: 'F1136',
    ...INFRASTRUCTURE,
    message: `the push to the cache \`${cache}\` failed: \`${ended.program}\` ${ended.status}`,
    output: ended.output,
    hints: ['what arrived is whole; pushing again sends the rest', `see whether it answers with \`ferrule cache show ${cache}\``],
  };
}

export function questionFailed(program: string, output: string): Diagnostic {
  return {
    code: 'F1143',
    ...INFRASTRUCTURE,
    message: `\`${program}\` does not say what the paths were built from`,
    output,
    hints: ['with `--results-only` it is not asked'],
  };
}

export function notByHand(name: string): Diagnostic {
  return {
    code: 'F1138',
    ...INPUT,
    message: `FlakeHub takes nothing by hand, so nothing can be pushed to the cache \`${name}\``,
    hints: ['it takes what CI jobs build under its own action; run `ferrule build --engine nix` in such a job'],
  };
}

export function leftOut(cache: CacheConfig, reason: string): Diagnostic {
  return {
    code: 'F1139',
    severity: 'warning',
    blame: 'infrastructure',
    message: `the cache \`${cache.name}\` is left out of this run: it ${reason}`,
    hints: [`try it again with \`ferrule cache show ${cache.name}\``],
  };
}

export function doesNotAnswer(cache: CacheConfig, reason: string): Diagnostic {
  return { code: 'F1141', ...INFRASTRUCTURE, message: `the cache \`${cache.name}\` ${reason}` };
}

/** @param text what the flake would have to say. */
export function cachesNotInFlake(caches: readonly CacheConfig[], text: string): Diagnostic {
  return {
    code: 'F1142',
    severity: 'warning',
    blame: 'input',
    message: `\`flake.nix\` does not name ${caches.map(({ name }) => quoted(name)).join(', ')} as \`ferrule.toml\` does, so \`nix build\` does not read from there`,
    hints: [`put this into it:\n${text.trimEnd()}`],
  };
}

function quoted(name: string): string {
  return `\`${name}\``;
}
