/** What Nix says while it works (`--log-format internal-json`; Nix `src/libutil/logging.cc`, `JSONLogger`). */
export type NixLogEvent =
  | { readonly kind: 'build-started'; readonly id: number; readonly derivation: string; readonly machine: string }
  | { readonly kind: 'build-line'; readonly id: number; readonly line: string }
  | { readonly kind: 'download-started'; readonly id: number; readonly path: string }
  | { readonly kind: 'stopped'; readonly id: number }
  | { readonly kind: 'message'; readonly level: number; readonly text: string };

const BUILD = 105;
const SUBSTITUTE = 108;
const BUILD_LOG_LINE = 101;

/** One line of Nix's stderr; `undefined` for what says nothing of these. Lines that are no JSON are messages. */
export function parseNixLog(line: string): NixLogEvent | undefined {
  if (!line.startsWith('@nix ')) return line === '' ? undefined : { kind: 'message', level: 1, text: line };
  const value: unknown = JSON.parse(line.slice('@nix '.length));
  if (typeof value !== 'object' || value === null || !('action' in value)) return undefined;
  const id = 'id' in value && typeof value.id === 'number' ? value.id : 0;
  const fields: readonly unknown[] = 'fields' in value && Array.isArray(value.fields) ? value.fields : [];
  const type = 'type' in value ? value.type : undefined;
  const field = (index: number): string => {
    const text = fields[index];
    return typeof text === 'string' ? text : '';
  };
  switch (value.action) {
    case 'start':
      if (type === BUILD) return { kind: 'build-started', id, derivation: field(0), machine: field(1) };
      return type === SUBSTITUTE ? { kind: 'download-started', id, path: field(0) } : undefined;
    case 'stop':
      return { kind: 'stopped', id };
    case 'result':
      return type === BUILD_LOG_LINE ? { kind: 'build-line', id, line: field(0) } : undefined;
    case 'msg': {
      const level = 'level' in value && typeof value.level === 'number' ? value.level : 0;
      return 'msg' in value && typeof value.msg === 'string' ? { kind: 'message', level, text: value.msg } : undefined;
    }
    default:
      return undefined;
  }
}

/** `ripgrep-15.2.0-0123456789abcdef` of `/nix/store/…-ripgrep-15.2.0-0123456789abcdef.drv`. */
export function derivationName(path: string): string {
  return path.replace(/^.*\/[a-z0-9]{32}-/, '').replace(/\.drv$/, '');
}
