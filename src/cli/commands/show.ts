import { paintFor } from '../../diagnostics/paint.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import type { ExitStatus } from '../exit-status.ts';
import { jsonDocument } from '../json-report.ts';
import type { MemberOutputs, RepositoryOutputs } from '../list-outputs.ts';
import type { ShowSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface ShowCommand {
  readonly outputs: RepositoryOutputs;
  readonly settings: ShowSettings;
  readonly terminal: Terminal;
}

/** `ferrule show`: the tree of what can be built; with `--names` the packages' names, with `--json` all of it. */
export function showCommand({ outputs, settings, terminal }: ShowCommand): ExitStatus {
  if (settings.json) terminal.out(jsonOutputs(outputs));
  else if (settings.names)
    terminal.out(
      packageNames(outputs)
        .map((name) => `${printable(name)}\n`)
        .join(''),
    );
  else terminal.out(`${treeLines(nodeOf(outputs, terminal.colour.out)).join('\n')}\n`);
  return 0;
}

function jsonOutputs({ root, members, scripts }: RepositoryOutputs): string {
  const shown = members.map(({ kind, path, packages }) => ({
    kind,
    path,
    packages: packages.map(({ name, version, outputs, extras, isDefault }) => ({ name, version, outputs, extras, default: isDefault })),
  }));
  return jsonDocument({ ok: true, root, members: shown, scripts, diagnostics: [] });
}

function packageNames({ members, scripts }: RepositoryOutputs): readonly string[] {
  const names = members.flatMap(({ packages }) => packages.filter(({ outputs }) => outputs.length > 0).map(({ name }) => name));
  return [...new Set([...names, ...scripts])].toSorted();
}

interface TreeNode {
  readonly text: string;
  readonly children: readonly TreeNode[];
}

function nodeOf({ root, members, scripts }: RepositoryOutputs, colour: boolean): TreeNode {
  const paint = paintFor(colour);
  const memberNode = ({ kind, path, packages }: MemberOutputs): TreeNode => ({
    text: `${paint('strong', printable(path))} (${kind})`,
    children: packages.map(({ name, version, outputs, extras, isDefault }) => ({
      text: `${paint('good', printable(name))} ${paint('faint', printable(version))}${isDefault ? '' : ', when named'}`,
      children: [...outputs.map((output) => `${name}:${output}`), ...extras.map((extra) => `${name}[${extra}]:env`)].map((target) => ({
        text: printable(target),
        children: [],
      })),
    })),
  });
  const scriptNodes = scripts.map((script) => ({ text: `${paint('strong', printable(script))} (script)`, children: [] }));
  return { text: printable(root), children: [...members.map(memberNode), ...scriptNodes] };
}

function treeLines(node: TreeNode): readonly string[] {
  const below = node.children.flatMap((child, index) => {
    const isLast = index === node.children.length - 1;
    const [first = '', ...rest] = treeLines(child);
    return [`${isLast ? '└── ' : '├── '}${first}`, ...rest.map((line) => `${isLast ? '    ' : '│   '}${line}`)];
  });
  return [node.text, ...below];
}
