/**
 * Canonical protobuf writing for the handful of Remote Execution messages whose digests are keys:
 * fields in number order, defaults left out, no unknown fields (remote_execution.proto, "canonical" notes on `Directory` and `Command`).
 */
export class WireWriter {
  readonly #chunks: Buffer[] = [];

  #tag(field: number, wireType: 0 | 2): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 128) {
      bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
    this.#chunks.push(Buffer.from(bytes));
  }

  /** A string field; the empty string is the default and is left out. */
  string(field: number, value: string): this {
    return value === '' ? this : this.element(field, value);
  }

  /** One element of a repeated string field: written even when empty. */
  element(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** A length-delimited field: bytes or an encoded sub-message, written even when empty. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2);
    this.#varint(value.byteLength);
    this.#chunks.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    return this;
  }

  /** An unsigned integer up to 2^53; zero is the default and is left out. */
  uint(field: number, value: number): this {
    if (value === 0) return this;
    this.#tag(field, 0);
    this.#varint(value);
    return this;
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0);
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** Byte-wise order of two strings' UTF-8 forms: the order the Remote Execution API asks for. */
export function compareBytes(left: string, right: string): number {
  if (left === right) return 0;
  return Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'));
}
