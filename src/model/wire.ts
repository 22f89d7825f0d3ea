/**
 * Canonical protobuf writing for the handful of Remote Execution messages whose digests are keys:
 * fields in number order, defaults left out, no unknown fields (remote_execution.proto, "canonical" notes on `Directory` and `Command`).
 *
 * One growing buffer, nested messages written in place: a key takes thousands of small fields, and a `Buffer` for each costs more than
 * hashing them all.
 */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  /** A string field; the empty string is the default and is left out. */
  string(field: number, value: string): this {
    return value === '' ? this : this.element(field, value);
  }

  /** One element of a repeated string field: written even when empty. */
  element(field: number, value: string): this {
    const size = Buffer.byteLength(value);
    this.#head(field, 2);
    this.#varint(size);
    this.#reserve(size);
    // Equal lengths: only ASCII, which is cheaper to write byte by byte than to encode.
    this.#buffer.write(value, this.#length, size === value.length ? 'latin1' : 'utf8');
    this.#length += size;
    return this;
  }

  /** A length-delimited field: bytes or an encoded sub-message, written even when empty. */
  bytes(field: number, value: Uint8Array): this {
    this.#head(field, 2);
    this.#varint(value.byteLength);
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }

  /** A sub-message, written even when empty. `write` adds its fields to this writer. */
  message(field: number, write: (writer: this) => void): this {
    this.#head(field, 2);
    const start = this.#length;
    write(this);
    const size = this.#length - start;
    // Its length comes first and takes as many bytes as it needs: the content makes room for it.
    const room = varintBytes(size);
    this.#reserve(room);
    this.#buffer.copyWithin(start + room, start, this.#length);
    this.#length = start;
    this.#varint(size);
    this.#length += size;
    return this;
  }

  /** An unsigned integer up to 2^53; zero is the default and is left out. */
  uint(field: number, value: number): this {
    if (value === 0) return this;
    this.#head(field, 0);
    this.#varint(value);
    return this;
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0);
  }

  /** What was written. Nothing may be written after it. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #head(field: number, wireType: 0 | 2): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    this.#reserve(LONGEST_VARINT);
    let rest = value;
    while (rest >= 128) {
      this.#buffer[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.byteLength) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.byteLength * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

const INITIAL_BYTES = 256;

/** 2^53 in groups of seven bits. */
const LONGEST_VARINT = 8;

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
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
