import { OUTPUT_ROOT, TOOLCHAIN_ROOT } from '../../src/rust/layout.ts';

/** A process with the sandbox's paths in place of the machine's. */
export interface Process {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A way in which we do not do as cargo does, on purpose. Everything else that differs is a failure. */
export interface Difference {
  readonly name: string;
  readonly reason: string;
  /** cargo's process as ours would be, were this the only difference; the same object when it does not apply. */
  readonly apply: (cargo: Process) => Process;
}

/** The whole list. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'output directory',
    reason: 'cargo writes outputs beside the dependencies; an action may not write into its inputs',
    apply: (cargo) => withArguments(cargo, replaceValueAfter(cargo.arguments, '--out-dir', OUTPUT_ROOT)),
  },
  {
    name: 'incremental',
    reason: 'incremental state is an undeclared input, so `-C incremental` is never passed',
    apply: (cargo) => withArguments(cargo, withoutIncremental(cargo.arguments)),
  },
  {
    name: 'cap-lints under -vv',
    reason: '`-vv`, which this comparison needs, turns `--cap-lints allow` into `warn`; without it cargo passes `allow`',
    apply: (cargo) => withArguments(cargo, replaceValueAfter(cargo.arguments, '--cap-lints', 'allow')),
  },
  {
    name: 'NUM_JOBS',
    reason: "the machine's number of processors must not enter a key",
    apply: (cargo) => (cargo.environment['NUM_JOBS'] === undefined ? cargo : withEnvironment(cargo, { NUM_JOBS: '8' })),
  },
  {
    name: 'dynamic library path',
    reason: "rustup's proxy appends the toolchain's library directory; this comparison runs cargo without the proxy",
    apply: (cargo) => {
      const path = cargo.environment['LD_LIBRARY_PATH'];
      if (path === undefined) return cargo;
      const directories = path.split(':');
      const plugins = directories.findIndex((directory) => /\/build\/[^/]+\/out(\/|$)/.test(directory));
      directories.splice(plugins === -1 ? directories.length : plugins, 0, `${TOOLCHAIN_ROOT}/lib`);
      return withEnvironment(cargo, { LD_LIBRARY_PATH: directories.join(':') });
    },
  },
];

/** cargo's process with every tolerated difference taken out; counts in `used` how often each applied. */
export function tolerate(cargo: Process, used: Map<string, number>): Process {
  let process = cargo;
  for (const difference of DIFFERENCES) {
    const applied = difference.apply(process);
    if (applied !== process) used.set(difference.name, (used.get(difference.name) ?? 0) + 1);
    process = applied;
  }
  return process;
}

function withArguments(process: Process, changed: readonly string[]): Process {
  return changed === process.arguments ? process : { ...process, arguments: changed };
}

function withEnvironment(process: Process, changes: Readonly<Record<string, string>>): Process {
  return { ...process, environment: { ...process.environment, ...changes } };
}

function replaceValueAfter(list: readonly string[], flag: string, value: string): readonly string[] {
  const at = list.indexOf(flag);
  return at === -1 || list[at + 1] === value ? list : list.with(at + 1, value);
}

function withoutIncremental(list: readonly string[]): readonly string[] {
  const at = list.findIndex((argument) => argument.startsWith('incremental='));
  return at === -1 ? list : list.toSpliced(at - 1, 2);
}
