/**
 * Canonical protobuf writing for the handful of Remote Execution messages whose digests are keys:
 * fields in number order, defaults left out, no unknown fields (remote_execution.proto, "canonical" notes on `Directory` and `Command`).
 *
 * What is written is collected as a string with one character for each byte, and becomes bytes at the end: a key takes thousands of
 * small fields, nearly all of them ASCII, and joining strings costs a fraction of filling a `Buffer` field by field.
 */
export class WireWriter {
  #text = '';

  /** A string field; the empty string is the default and is left out. */
  string(field: number, value: string): this {
    return value === '' ? this : this.element(field, value);
  }

  /** One element of a repeated string field: written even when empty. */
  element(field: number, value: string): this {
    // As long in UTF-8 as in UTF-16: nothing but ASCII.
    const isAscii = Buffer.byteLength(value) === value.length;
    return this.#delimited(field, isAscii ? value : Buffer.from(value, 'utf8').toString('latin1'));
  }

  /** A sub-message, written even when empty. `write` adds its fields. */
  message(field: number, write: (message: WireWriter) => void): this {
    const message = new WireWriter();
    write(message);
    return this.#delimited(field, message.#text);
  }

  /** As {@link message}, of fields that are written already. */
  submessage(field: number, message: WireWriter): this {
    return this.#delimited(field, message.#text);
  }

  /** As {@link string}, for text that is known to be ASCII and not empty. */
  ascii(field: number, value: string): this {
    return this.#delimited(field, value);
  }

  /** An unsigned integer up to 2^53; zero is the default and is left out. */
  uint(field: number, value: number): this {
    if (value !== 0) this.#text += varint(field * 8) + varint(value);
    return this;
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0);
  }

  finish(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }

  #delimited(field: number, bytes: string): this {
    this.#text += varint(field * 8 + 2) + varint(bytes.length) + bytes;
    return this;
  }
}

function varint(value: number): string {
  if (value < 128) return String.fromCharCode(value);
  return String.fromCharCode((value % 128) + 128) + varint(Math.floor(value / 128));
}

/** Code units from here on are surrogates, or sort differently in UTF-16 and in UTF-8 because of them. */
const FIRST_SURROGATE = 0xd800;

/** Byte-wise order of two strings' UTF-8 forms: the order the Remote Execution API asks for. */
export function compareBytes(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  for (let index = 0; index < end; index += 1) {
    const ours = left.charCodeAt(index);
    const theirs = right.charCodeAt(index);
    if (ours === theirs) continue;
    if (ours < FIRST_SURROGATE && theirs < FIRST_SURROGATE) return ours - theirs;
    return Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'));
  }
  return left.length - right.length;
}
