import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lab } from './lab.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import type { Row, Scenario } from './scenario.ts';
import { CHECK } from './scenarios/check.ts';
import { COLD } from './scenarios/cold.ts';
import { ENVIRONMENT } from './scenarios/environment.ts';
import { FEDERATION } from './scenarios/federated.ts';
import { FRESH_CLONE } from './scenarios/fresh-clone.ts';
import { GROWTH, OWN_TIME } from './scenarios/growth.ts';
import { LEAF_EDIT } from './scenarios/leaf-edit.ts';
import { MODULE_EDIT } from './scenarios/module-edit.ts';
import { NIX_EVALUATION } from './scenarios/nix-evaluation.ts';
import { UNCHANGED } from './scenarios/unchanged.ts';
import { figuresOf } from './statistics.ts';
import { formatTable } from './table.ts';

const SCENARIOS: readonly Scenario[] = [
  UNCHANGED,
  COLD,
  FEDERATION,
  FRESH_CLONE,
  LEAF_EDIT,
  OWN_TIME,
  GROWTH,
  ENVIRONMENT,
  MODULE_EDIT,
  CHECK,
  NIX_EVALUATION,
];

interface Measured {
  readonly scenario: Scenario;
  readonly rows: readonly Row[];
  /** Why the scenario could not be finished. */
  readonly failure: string | undefined;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${USAGE}\nScenarios: ${SCENARIOS.map((scenario) => scenario.name).join(', ')}\n`);
    return 0;
  }
  const unknown = options.scenarios.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no scenario \`${unknown}\`: ${SCENARIOS.map((scenario) => scenario.name).join(', ')}`);
  const chosen = SCENARIOS.filter((scenario) => options.scenarios.length === 0 || options.scenarios.includes(scenario.name));
  const lab = new Lab({
    checkout: process.env['FERRULE_BENCH_CHECKOUT'] ?? process.cwd(),
    programs: dirname(fileURLToPath(import.meta.url)),
    scratch: options.scratch,
    environment: definedVariables(),
    say: (text) => process.stderr.write(`  ${text}\n`),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      process.stderr.write(`ended by ${signal}: removing what was written\n`);
      lab.stop();
    });
  }
  try {
    const machine = await describeMachine(lab);
    if (!options.json) process.stdout.write(`${machine.join('\n')}\n`);
    const measured: Measured[] = [];
    for (const scenario of chosen) {
      process.stderr.write(`${scenario.name}\n`);
      const result = await measureScenario(lab, scenario, options);
      if (lab.isStopped) return 130;
      measured.push(result);
      if (!options.json)
        process.stdout.write(
          `\n${scenario.title}\n${formatTable(result.rows)}${result.failure === undefined ? '' : `FAILED: ${result.failure}\n`}`,
        );
    }
    if (options.json) process.stdout.write(`${JSON.stringify(document(machine, measured), undefined, 2)}\n`);
    return measured.some((result) => result.failure !== undefined) ? 1 : 0;
  } finally {
    lab.dispose();
  }
}

/** A scenario that fails does not take the others' figures with it. */
async function measureScenario(lab: Lab, scenario: Scenario, options: BenchOptions): Promise<Measured> {
  try {
    return { scenario, rows: await scenario.run(lab, options), failure: undefined };
  } catch (error) {
    return { scenario, rows: [], failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Both sides run on this machine, with these programs. */
async function describeMachine(lab: Lab): Promise<readonly string[]> {
  const version = async (program: string): Promise<string> =>
    (await lab.run({ program, directory: lab.checkout, arguments: ['--version'] })).stdout.trim();
  const [load = 0] = loadavg();
  const busy = load > 0.5 ? ' (not idle: the figures are worth little)' : '';
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} threads, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}, load ${load.toFixed(1)}${busy}`,
    `${await version(`${lab.checkout}/bin/ferrule`)}, node ${process.versions.node}, ${await version('cargo')}, ${await version('rustc')}`,
    'both sides: release profile, crate sources fetched, files in memory, orders alternating, every directory new, nothing deleted meanwhile',
  ];
}

function document(machine: readonly string[], measured: readonly Measured[]): object {
  return {
    machine,
    scenarios: measured.map(({ scenario, rows, failure }) => ({
      name: scenario.name,
      title: scenario.title,
      ...(failure === undefined ? {} : { failure }),
      rows: rows.map((row) => ({ ...row, medians: figuresOf(row) })),
    })),
  };
}

function definedVariables(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
