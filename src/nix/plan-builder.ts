import { sha256Of } from '../model/digest.ts';
import { compareBytes } from '../model/wire.ts';
import type { NixFetch, NixNode, NixSource } from './plan-file.ts';

/** Collects the parts of a plan, each once: what several packages or systems need stands there once, because its name is its content. */
export class NixPlanBuilder {
  readonly #fetches = new Map<string, NixFetch>();
  readonly #sources = new Map<string, NixSource>();
  readonly #nodes = new Map<string, NixNode>();

  /** Name of the download. */
  fetch(fetch: NixFetch): string {
    const version = fetch.kind === 'crate' ? `-${fetch.version}` : '';
    return enter(this.#fetches, `${fetch.name}${version}`, fetch);
  }

  /** Name of the part of the repository. */
  source(source: NixSource): string {
    return enter(this.#sources, 'source', source);
  }

  /**
   * Name of the derivation. It is the name in the store as well: so it follows from what is done, and neither from how the parts of the
   * repository are chosen nor from what else is in the plan.
   */
  node(node: NixNode): string {
    const name = contentName(`${node.name}-${node.version}`, { ...node, sources: node.sources.length });
    const known = this.#nodes.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(node)) return enter(this.#nodes, name, node);
    this.#nodes.set(name, node);
    return name;
  }

  finish(): {
    readonly fetches: Readonly<Record<string, NixFetch>>;
    readonly sources: Readonly<Record<string, NixSource>>;
    readonly nodes: Readonly<Record<string, NixNode>>;
  } {
    return { fetches: sorted(this.#fetches), sources: sorted(this.#sources), nodes: sorted(this.#nodes) };
  }
}

function enter<T>(parts: Map<string, T>, label: string, part: T): string {
  const name = contentName(label, part);
  parts.set(name, part);
  return name;
}

function contentName(label: string, content: unknown): string {
  return `${storeName(label)}-${sha256Of(JSON.stringify(content)).slice(0, 16)}`;
}

/** A text as it may stand in the name of a store path (Nix `src/libstore/path.cc`, `checkName`). */
export function storeName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9+._?=-]/g, '-').replace(/^\.+/, '');
}

function sorted<T>(parts: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries([...parts].toSorted(([left], [right]) => compareBytes(left, right)));
}
