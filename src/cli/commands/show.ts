import { type Paint, paintFor } from '../../diagnostics/paint.ts';
import { printDiagnostics } from '../../diagnostics/print.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument } from '../json-report.ts';
import type { DeclaredCheck, MemberOutputs, Output, PackageOutputs, RepositoryOutputs } from '../list-outputs.ts';
import type { ShowSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface ShowCommand {
  readonly outputs: RepositoryOutputs;
  readonly settings: ShowSettings;
  readonly terminal: Terminal;
}

/** `ferrule show`: the tree of what can be built; with `--names` what a target begins with, with `--targets` every target, with `--json` all of it. Members that cannot be read are named. */
export function showCommand({ outputs, settings, terminal }: ShowCommand): ExitStatus {
  const { diagnostics } = outputs;
  if (settings.json) terminal.out(jsonOutputs(outputs));
  else if (settings.names || settings.targets) {
    const listed = settings.targets ? targets(outputs) : targetNames(outputs);
    terminal.out(listed.map((name) => `${printable(name)}\n`).join(''));
  } else terminal.out(`${treeLines(nodeOf(outputs, paintFor(terminal.colour.out))).join('\n')}\n`);
  if (diagnostics.length === 0) return 0;
  if (!(settings.json && settings.quiet)) terminal.err(printDiagnostics(diagnostics, { colour: terminal.colour.err }));
  return failureStatus(diagnostics);
}

function jsonOutputs({ root, members, scripts, environments, checks, diagnostics }: RepositoryOutputs): string {
  const shown = members.map(({ kind, path, systems, packages }) => ({
    kind,
    path,
    ...(kind === 'rust' ? { systems } : {}),
    packages: packages.map(({ name, version, description, requiresPython, outputs, checks: own, programs, extras, isDefault }) => ({
      name,
      version,
      ...(description === undefined ? {} : { description }),
      ...(requiresPython === undefined ? {} : { requires_python: requiresPython }),
      outputs: outputs.map((output) => output.name),
      checks: own,
      programs,
      extras,
      default: isDefault,
      default_outputs: outputs.filter((output) => output.isDefault).map((output) => output.name),
    })),
  }));
  return jsonDocument({
    ok: diagnostics.length === 0,
    root,
    members: shown,
    scripts,
    environments,
    checks,
    diagnostics: jsonDiagnostics(diagnostics),
  });
}

function targetNames({ members, scripts, environments }: RepositoryOutputs): readonly string[] {
  const names = members.flatMap(({ packages }) => packages.filter(({ outputs }) => outputs.length > 0).map(({ name }) => name));
  return [...new Set([...names, ...scripts, ...environments.map(({ name }) => name)])].toSorted();
}

function targets(outputs: RepositoryOutputs): readonly string[] {
  const named = outputs.members.flatMap(({ packages }) =>
    packages.flatMap((each) => [
      ...each.outputs.map(({ name }) => `${each.name}:${name}`),
      ...each.extras.map((extra) => `${each.name}[${extra}]:env`),
    ]),
  );
  return [...new Set([...targetNames(outputs), ...named])].toSorted();
}

interface TreeNode {
  readonly text: string;
  readonly children: readonly TreeNode[];
}

function nodeOf({ root, members, scripts, environments, checks }: RepositoryOutputs, paint: Paint): TreeNode {
  const shared = environments.map(({ name, projects }) => leaf(paint, name, `environment of ${projects.join(', ')}`));
  return {
    text: printable(root),
    children: [
      ...members.map((member) => memberNode(paint, member)),
      ...scripts.map((script) => ({ text: `${paint('strong', printable(script))} (script)`, children: [] })),
      ...(shared.length === 0 ? [] : [{ text: paint('strong', 'environments'), children: shared }]),
      ...(checks.length === 0 ? [] : [{ text: paint('strong', 'checks'), children: checks.map((check) => checkNode(paint, check)) }]),
    ],
  };
}

function memberNode(paint: Paint, { kind, path, systems, packages }: MemberOutputs): TreeNode {
  const about = systems.length === 0 ? kind : `${kind}, ${systems.join(', ')}`;
  return { text: `${paint('strong', printable(path))} (${printable(about)})`, children: packages.map((each) => packageNode(paint, each)) };
}

function packageNode(
  paint: Paint,
  { name, version, description, requiresPython, outputs, checks, extras, isDefault }: PackageOutputs,
): TreeNode {
  const facts = [requiresPython === undefined ? '' : `Python ${requiresPython}`, isDefault ? '' : 'when named'].filter(
    (fact) => fact !== '',
  );
  const about = facts.length === 0 ? '' : ` (${printable(facts.join(', '))})`;
  const words = description === undefined ? '' : `: ${printable(oneLine(description))}`;
  return {
    text: `${paint('good', printable(name))} ${paint('faint', printable(version))}${about}${words}`,
    children: [
      ...outputs.map((output) => outputNode(paint, name, output)),
      ...extras.map((extra) => leaf(paint, `${name}[${extra}]:env`, `environment with the extra ${extra}`)),
      ...(checks.length === 0 ? [] : [leaf(paint, 'checks', checks.join(', '))]),
    ],
  };
}

const LONGEST_DESCRIPTION = 90;

function oneLine(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length <= LONGEST_DESCRIPTION ? line : `${line.slice(0, line.lastIndexOf(' ', LONGEST_DESCRIPTION))} …`;
}

/** What the package's name alone builds is marked where there is a choice. */
function outputNode(paint: Paint, name: string, { name: output, what, isDefault }: Output): TreeNode {
  return leaf(paint, `${name}:${output}`, isDefault ? `${what}, default` : what);
}

function checkNode(paint: Paint, { name, command }: DeclaredCheck): TreeNode {
  return leaf(paint, name, command.length === 0 ? 'settings' : command.join(' '));
}

function leaf(paint: Paint, name: string, what: string): TreeNode {
  return { text: `${printable(name)}${paint('faint', `: ${printable(what)}`)}`, children: [] };
}

function treeLines(node: TreeNode): readonly string[] {
  const below = node.children.flatMap((child, index) => {
    const isLast = index === node.children.length - 1;
    const [first = '', ...rest] = treeLines(child);
    return [`${isLast ? '└── ' : '├── '}${first}`, ...rest.map((line) => `${isLast ? '    ' : '│   '}${line}`)];
  });
  return [node.text, ...below];
}
