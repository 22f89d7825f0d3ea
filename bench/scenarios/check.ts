import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import { type Contender, measure } from '../measure.ts';
import { editMain, fetchProgram, RIPGREP, RIPGREP_MAIN } from '../programs.ts';
import { row, type Row, type Scenario } from '../scenario.ts';
import { coldFerrule } from './cold.ts';
import { interpreterOf, Uv } from './environment-uv.ts';

/** A repository, and what a script of its CI would do in which directories. */
interface Checked {
  readonly what: string;
  /** Absolute. */
  readonly source: string;
  /** Cargo workspaces: `cargo fmt --check`, `cargo clippy --all-targets`, `cargo test`. */
  readonly workspaces: readonly string[];
  /** Python projects: `uv run pytest`. */
  readonly projects: readonly string[];
  /** Changes a function somewhere; another way in each round. */
  readonly edit: (directory: string, round: number) => void;
}

const RIPGREP_CHECKED: Omit<Checked, 'source'> = {
  what: 'ripgrep',
  workspaces: ['.'],
  projects: [],
  edit: (directory, round) => editMain(join(directory, RIPGREP_MAIN), round),
};

const FEDERATION: Omit<Checked, 'source'> = {
  what: 'examples/federation',
  workspaces: ['crates/pnt-report', 'packages/pnt-cli/crates'],
  projects: ['packages/pnt-cli', 'packages/pnt-functional'],
  edit: (directory, round) => editLibrary(join(directory, 'packages/pnt-cli/crates/pnt-cli-core/src/lib.rs'), round),
};

export const CHECK: Scenario = {
  name: 'check',
  title: '`ferrule check` beside cargo fmt, cargo clippy, cargo test and pytest',
  run: async (lab, { rounds }) => {
    const source = await fetchProgram(lab, RIPGREP);
    const ripgrep = await checkedRows(lab, { ...RIPGREP_CHECKED, source }, { rounds, uv: undefined });
    const federation = lab.clone(join(lab.checkout, 'examples/federation'), 'federation');
    await lab.ferrule({
      directory: federation,
      store: lab.newPath('store'),
      arguments: ['build', 'pnt-cli:env', '--output', 'environment'],
    });
    const uv = await Uv.install(lab, interpreterOf(join(federation, 'environment')));
    const clean = lab.clone(join(lab.checkout, 'examples/federation'), 'federation');
    // Without them uv runs the tests with the extension as it was before the edit.
    const keys = '\n[tool.uv]\ncache-keys = [{ file = "pyproject.toml" }, { file = "crates/**/*.rs" }]\n';
    appendFileSync(join(clean, 'packages/pnt-cli/pyproject.toml'), keys);
    for (const workspace of FEDERATION.workspaces) await lab.cargo({ directory: join(clean, workspace), arguments: ['fetch', '--quiet'] });
    return [...ripgrep, ...(await checkedRows(lab, { ...FEDERATION, source: clean }, { rounds, uv }))];
  },
};

/** What runs pytest, and its cache; `undefined`: nothing does. */
interface PythonSide {
  readonly uv: Uv | undefined;
  readonly cache: string;
}

async function checkedRows(
  lab: Lab,
  checked: Checked,
  { rounds, uv }: { readonly rounds: number; readonly uv: Uv | undefined },
): Promise<readonly Row[]> {
  const { what, source, edit } = checked;
  lab.say(`${what}: ${rounds} cold rounds, ${rounds} unchanged, ${rounds} after an edit`);
  const against = (values: readonly number[]): Row['against'] => ({ name: uv === undefined ? 'cargo' : 'cargo and uv run pytest', values });
  const cache = lab.newPath('uv-cache');
  await pytest(checked, { directory: lab.clone(source, 'filling'), uv, cache });
  const cold = await measure({
    rounds,
    warmUps: 1,
    contenders: [coldFerrule(lab, source, 'check'), coldTheirs(lab, checked, { uv, cache })],
  });
  const [ours, theirs] = [lab.clone(source, 'ferrule'), lab.clone(source, 'cargo')];
  const store = lab.newPath('store');
  const warm = (prepare: (directory: string, round: number) => void): readonly Contender[] => [
    {
      name: 'ferrule',
      prepare: (round) => prepare(ours, round),
      run: async () => await lab.ferrule({ directory: ours, store, arguments: ['check'] }),
    },
    {
      name: 'cargo',
      prepare: (round) => prepare(theirs, round),
      run: async () => await script(lab, checked, { directory: theirs, uv, cache }),
    },
  ];
  const unchanged = await measure({ rounds, warmUps: 1, contenders: warm(() => undefined) });
  const edited = await measure({ rounds, warmUps: 1, contenders: warm((directory, round) => edit(directory, round + 1)) });
  return [
    row({ what: `${what}, cold`, ferrule: cold.of('ferrule'), against: against(cold.of('cargo')) }),
    row({ what: `${what}, unchanged`, ferrule: unchanged.of('ferrule'), against: against(unchanged.of('cargo')) }),
    row({ what: `${what}, one edit`, ferrule: edited.of('ferrule'), against: against(edited.of('cargo')) }),
  ];
}

/** Without target directories and environments. uv has its cache, for it may have to compile maturin to fill it; Ferrule has an empty store. */
function coldTheirs(lab: Lab, checked: Checked, side: PythonSide): Contender {
  let directory = '';
  return {
    name: 'cargo',
    prepare: () => {
      directory = lab.clone(checked.source, 'cargo');
    },
    run: async () => await script(lab, checked, { directory, ...side }),
  };
}

/** One after the other, as a script at the repository's root would. */
async function script(lab: Lab, checked: Checked, place: PythonSide & { readonly directory: string }): Promise<void> {
  for (const workspace of checked.workspaces) {
    const directory = join(place.directory, workspace);
    await lab.cargo({ directory, arguments: ['fmt', '--check'] });
    await lab.cargo({ directory, arguments: ['clippy', '--quiet', '--all-targets'] });
    await lab.cargo({ directory, arguments: ['test', '--quiet'] });
  }
  await pytest(checked, place);
}

async function pytest({ projects }: Checked, { directory, uv, cache }: PythonSide & { readonly directory: string }): Promise<void> {
  const words = ['--group', 'test', 'pytest', '--quiet'];
  for (const project of projects) await uv?.run({ directory: join(directory, project), cache, words });
}

/** Ends a library with a function that returns the round, which whatever is built on it has to be linked with again. */
function editLibrary(path: string, round: number): void {
  const text = readFileSync(path, 'utf8').replace(/\npub fn round\(\) -> u32 \{\n {4}\d+\n\}\n$/, '');
  writeFileSync(path, `${text}\npub fn round() -> u32 {\n    ${round}\n}\n`);
}
