import { expect, test } from 'vitest';
import type { PlannedCheck } from '../../../src/plan/checks/check.ts';
import { policyProblems, type PolicySubject } from '../../../src/plan/checks/policy.ts';
import { checkNames } from '../../../src/plan/checks/select-checks.ts';
import type { FerruleConfig } from '../../../src/repository/config.ts';
import { parseConfig } from '../../../src/repository/config.ts';

const SUBJECTS: readonly PolicySubject[] = [
  { name: 'core', kind: 'rust' },
  { name: 'bindings', kind: 'rust' },
  { name: 'web', kind: 'python' },
];

function planned(...names: readonly string[]): readonly PlannedCheck[] {
  return names.map((text) => {
    const [subject = '', name = ''] = text.split(' ');
    return { subject, name, units: [], nodes: [] };
  });
}

async function configOf(text: string): Promise<FerruleConfig> {
  const config = await parseConfig({ file: 'ferrule.toml', text });
  if (!config.ok) throw new Error(config.diagnostics[0]?.message);
  return config.value;
}

async function problems(text: string, checks: readonly PlannedCheck[]): Promise<readonly string[]> {
  const config = await configOf(text);
  const { checks: policy } = config.policy;
  if (policy === undefined) throw new Error('no policy');
  return policyProblems({ policy, subjects: SUBJECTS, checks, known: checkNames(config) }).map(({ code, message }) => `${code} ${message}`);
}

test('crates have to have the checks of crates, projects those of projects', async () => {
  const found = await problems('[policy.checks]\nrequire = ["tests", "pytest"]\n', planned('core tests'));
  expect(found).toEqual([
    'F1059 `bindings` has no `tests`, which the policy demands of everybody',
    'F1059 `web` has no `pytest`, which the policy demands of everybody',
  ]);
});

test('an exemption lets one subject go without one check', async () => {
  const exempt = '[[policy.checks.exempt]]\nsubject = "bindings"\nchecks = ["tests"]\nreason = "generated"\n';
  const found = await problems(`[policy.checks]\nrequire = ["tests", "clippy"]\n${exempt}`, planned('core tests', 'core clippy'));
  expect(found).toEqual(['F1059 `bindings` has no `clippy`, which the policy demands of everybody']);
});

test('a declared check can be demanded of projects', async () => {
  const text = '[checks.ruff]\ncommand = ["ruff", "check"]\nproject = "*"\n[policy.checks]\nrequire = ["ruff"]\n';
  expect(await problems(text, planned('web ruff'))).toEqual([]);
  expect(await problems(text, [])).toEqual(['F1059 `web` has no `ruff`, which the policy demands of everybody']);
});

test('an exemption of nobody and a demand for nothing are found', async () => {
  const exempt = '[[policy.checks.exempt]]\nsubject = "bindigs"\nchecks = ["tests"]\nreason = "generated"\n';
  const found = await problems(`[policy.checks]\nrequire = []\n${exempt}`, []);
  expect(found).toEqual(['F1061 an exemption names `bindigs`, which is no package or project here']);
  expect(await problems('[policy.checks]\nrequire = ["test"]\n', [])).toEqual([
    'F1056 the policy demands `test`, and there is no such check',
  ]);
});

test('an exemption without a reason is shown where it stands', async () => {
  const config = await parseConfig({
    file: 'ferrule.toml',
    text: '[policy.checks]\nrequire = ["tests"]\n\n[[policy.checks.exempt]]\nsubject = "bindings"\nchecks = ["tests"]\n',
  });
  expect(config.ok ? [] : config.diagnostics.map(({ code, span }) => [code, span === undefined])).toEqual([['F1060', false]]);
});
