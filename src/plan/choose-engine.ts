import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Engine } from '../engine/engine.ts';
import type { JobPipe } from '../engine/jobserver.ts';
import { LocalEngine } from '../engine/local/local-engine.ts';
import { UnsandboxedEngine } from '../engine/local/unsandboxed-engine.ts';
import { whyNoSandbox } from '../engine/local/sandbox-check.ts';
import type { Store } from '../store/store.ts';
import { findProgram } from './find-program.ts';

/**
 * The local engine: bubblewrap where it is installed and works, else (with `auto`) plain processes, said once as a warning.
 * `on` without bubblewrap is an error; where the system refuses it the sandbox, the first action says so. `off` never looks for it.
 */
export function chooseEngine(options: {
  readonly store: Store;
  readonly jobserver: JobPipe | undefined;
  readonly sandbox: 'auto' | 'on' | 'off';
  /** The user's `PATH`. */
  readonly searchPath: string;
  readonly repositoryRoot: string;
  readonly timeoutMs: number | undefined;
  readonly now: () => number;
}): Result<Engine> {
  const { store, jobserver, sandbox, searchPath, repositoryRoot, timeoutMs, now } = options;
  const bubblewrap = sandbox === 'off' ? undefined : findProgram('bwrap', searchPath);
  const refusal = bubblewrap === undefined || sandbox === 'on' ? undefined : whyNoSandbox({ store, bubblewrap });
  if (bubblewrap !== undefined && refusal === undefined) return ok(new LocalEngine({ store, jobserver, bubblewrap, timeoutMs, now }));
  if (sandbox === 'on') return fail(noBubblewrap('error'));
  const engine = new UnsandboxedEngine({ store, jobserver, repositoryRoot, searchPath, timeoutMs, now });
  return ok(engine, sandbox === 'off' ? [] : [refusal === undefined ? noBubblewrap('warning') : noSandbox(refusal)]);
}

function noBubblewrap(severity: 'error' | 'warning'): Diagnostic {
  return {
    code: 'F0505',
    severity,
    blame: 'infrastructure',
    message:
      severity === 'error'
        ? '`bwrap` is not installed, and `--sandbox on` needs it'
        : 'building without a sandbox: `bwrap` is not installed',
    hints: ['install bubblewrap (Debian: `apt install bubblewrap`), or pass `--sandbox off` to build without isolation'],
  };
}

function noSandbox(reason: string): Diagnostic {
  return {
    code: 'F0509',
    severity: 'warning',
    blame: 'infrastructure',
    message: 'building without a sandbox: this system does not let `bwrap` make one',
    facts: [['it said', reason]],
    hints: ['allow unprivileged user namespaces, or pass `--sandbox off` to build without isolation and without this warning'],
  };
}
