import { type Digest, parseSha256, sha256Of } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import type { EnvironmentPart, EnvironmentRequest } from '../environment.ts';
import { childrenOf, type SourceNode } from './contribution.ts';
import { entryPointScript } from './launcher.ts';
import { ownFiles, ownSiteFiles } from './own-files.ts';
import { siteLayout } from './site-layout.ts';

/** What is remembered of an environment that was planned without anything to report. */
export interface RememberedPlan {
  readonly key: Digest;
  /** Of its description. */
  readonly digest: Digest;
}

const NAMESPACE = 'environment';

/** Changes whenever the same request would be composed in another way. */
const RULES = 2;

/** The outcome of the same request, if the environment is still there, and all that it is made of. */
export function rememberedPlan(request: EnvironmentRequest, store: Store): RememberedPlan | undefined {
  const [key, digest] = (store.getNote(NAMESPACE, question(request, store)) ?? '').split('\n').map(parseDigest);
  if (key === undefined || digest === undefined || store.environmentPath(key) === undefined) return undefined;
  return request.parts.every(({ wheel }) => store.treePath(wheel.tree) !== undefined) ? { key, digest } : undefined;
}

export function rememberPlan(
  plan: RememberedPlan,
  { request, store }: { readonly request: EnvironmentRequest; readonly store: Store },
): void {
  const text = [plan.key, plan.digest].map(({ hash, size }) => `${hash} ${size}`).join('\n');
  store.putNote(NAMESPACE, question(request, store), text);
}

/** Everything that a plan follows from. */
function question(request: EnvironmentRequest, store: Store): string {
  const { name, interpreter, parts, policy } = request;
  const { implementation, freeThreaded, pointerWidth, platform, version } = interpreter.interpreter;
  const python = [interpreter.executable, interpreter.prefix, implementation, freeThreaded, pointerWidth, platform, version.full];
  return JSON.stringify([RULES, ownTexts(request), store.directory, name, python, policy, parts.map(partFacts)]);
}

function partFacts(part: EnvironmentPart): unknown {
  const { origin, wheel } = part;
  const sources = part.kind === 'editable' ? [part.sources, part.modules] : [];
  return [origin.name, origin.version, origin.directUrl, wheel.tree.hash, ...sources];
}

/** Of all texts that Ferrule itself writes: they change with its version. */
function ownTexts({ name, interpreter }: EnvironmentRequest): string {
  const layout = siteLayout(interpreter.interpreter);
  const own: SourceNode = { kind: 'made-directory', children: ownSiteFiles(layout) };
  const texts = [ownFiles({ name, interpreter, layout }), own].flatMap(textsOf);
  return sha256Of([...texts, entryPointScript({ name: 'n', module: 'm', attribute: 'a' })].join('\0'));
}

function textsOf(node: SourceNode): readonly string[] {
  if (node.kind === 'made-directory') return [...childrenOf(node).values()].flatMap(textsOf);
  return node.kind === 'made-text' ? [node.text] : [];
}

function parseDigest(text: string): Digest | undefined {
  const [hash = '', size = ''] = text.split(' ');
  const parsed = parseSha256(hash);
  return parsed === undefined || !/^[0-9]+$/.test(size) ? undefined : { hash: parsed, size: Number(size) };
}
