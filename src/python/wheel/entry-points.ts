import type { EntryPoint, EntryPoints } from '../wheel.ts';
import { WheelRefused } from './wheel-refused.ts';

const NONE: EntryPoints = { console: [], gui: [] };

/**
 * Reads `entry_points.txt` (entry points specification): an INI file whose only delimiter is `=` and whose names keep their case. Of
 * several entries with one name the last counts. Throws {@link WheelRefused} where a script is named or written in a way that cannot be
 * installed.
 */
export function parseEntryPoints(text: string | undefined): EntryPoints {
  if (text === undefined) return NONE;
  const console = new Map<string, EntryPoint>();
  const gui = new Map<string, EntryPoint>();
  let scripts: Map<string, EntryPoint> | undefined;
  for (const rawLine of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const line = rawLine.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const section = /^\[(.*)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      scripts = section.trim() === 'console_scripts' ? console : section.trim() === 'gui_scripts' ? gui : undefined;
    } else if (scripts !== undefined) {
      const entry = parseEntry(line);
      scripts.set(entry.name, entry);
    }
  }
  return { console: [...console.values()], gui: [...gui.values()] };
}

function parseEntry(line: string): EntryPoint {
  const equals = line.indexOf('=');
  const name = line.slice(0, Math.max(equals, 0)).trim();
  const [, module, attribute] =
    /^([\p{L}\p{N}_.-]+)\s*(?::\s*([\p{L}\p{N}_.-]+)\s*)?(?:\[[^\]]*\])?\s*(?:#.*)?$/u.exec(line.slice(equals + 1).trim()) ?? [];
  if (name === '' || module === undefined) refuse(`\`${line}\` is not of the form \`name = module:attribute\``);
  checkScriptName(name);
  return { name, module, attribute };
}

/** Names that would replace the interpreter (uv `crates/uv-install-wheel/src/wheel.rs`, `write_script_entrypoints`), or leave the directory. */
function checkScriptName(name: string): void {
  if (/^python(?:w|3|3\.\d{1,3})?$/.test(name)) refuse(`script name \`${name}\` is reserved for the interpreter`);
  if (/[/\\\0]/.test(name) || name === '.' || name === '..') refuse(`script name \`${name}\` leaves the directory of scripts`);
}

function refuse(problem: string): never {
  throw new WheelRefused({ kind: 'entry-point', problem });
}
