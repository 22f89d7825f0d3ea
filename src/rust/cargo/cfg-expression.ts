/** Conditions of `cfg(…)` keys in cargo's configuration (cargo `cargo-platform`: `CfgExpr`, `Cfg`). */
export type CfgExpression =
  | { readonly kind: 'all' | 'any'; readonly operands: readonly CfgExpression[] }
  | { readonly kind: 'not'; readonly operand: CfgExpression }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pair'; readonly name: string; readonly value: string }
  | { readonly kind: 'constant'; readonly value: boolean };

/** Parses what stands between the parentheses of `cfg(…)`; `undefined` when it is malformed. */
export function parseCfgExpression(text: string): CfgExpression | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const reader = new TokenReader(tokens);
  const expression = parseOne(reader);
  return reader.atEnd() ? expression : undefined;
}

/** Parses a key such as `cfg(all(unix, target_arch = "x86_64"))`; `undefined` when it is none or malformed. */
export function parseCfgKey(key: string): CfgExpression | undefined {
  if (!key.startsWith('cfg(') || !key.endsWith(')')) return undefined;
  return parseCfgExpression(key.slice(4, -1));
}

/** Whether the expression holds for a platform, given the lines of `rustc --print cfg`. */
export function cfgHolds(expression: CfgExpression, cfg: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'all':
      return expression.operands.every((operand) => cfgHolds(operand, cfg));
    case 'any':
      return expression.operands.some((operand) => cfgHolds(operand, cfg));
    case 'not':
      return !cfgHolds(expression.operand, cfg);
    case 'name':
      return cfg.has(expression.name);
    case 'pair':
      return cfg.has(`${expression.name}="${expression.value}"`);
    case 'constant':
      return expression.value;
  }
}

type Token = { readonly kind: 'identifier' | 'string'; readonly text: string } | { readonly kind: '(' | ')' | ',' | '=' };

const TOKEN = /\s*(?:(?<word>(?:r#)?[A-Za-z_][A-Za-z0-9_]*)|"(?<string>[^"]*)"|(?<mark>[(),=]))/y;

function tokenize(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const groups = TOKEN.exec(trimmed)?.groups;
    if (groups === undefined) return undefined;
    const token = tokenOf(groups);
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token | undefined {
  if (groups['word'] !== undefined) return { kind: 'identifier', text: groups['word'].replace(/^r#/, '') };
  if (groups['string'] !== undefined) return { kind: 'string', text: groups['string'] };
  const mark = groups['mark'];
  return mark === '(' || mark === ')' || mark === ',' || mark === '=' ? { kind: mark } : undefined;
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  next(): Token | undefined {
    const token = this.#tokens[this.#position];
    this.#position += 1;
    return token;
  }

  /** Takes the next token if it is of that kind. */
  accept(kind: Token['kind']): boolean {
    if (this.#tokens[this.#position]?.kind !== kind) return false;
    this.#position += 1;
    return true;
  }

  atEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }
}

function parseOne(reader: TokenReader): CfgExpression | undefined {
  const head = reader.next();
  if (head?.kind !== 'identifier') return undefined;
  const name = head.text;
  if (reader.accept('=')) {
    const value = reader.next();
    return value?.kind === 'string' ? { kind: 'pair', name, value: value.text } : undefined;
  }
  if (!reader.accept('(')) return bareName(name);
  const operands = parseOperands(reader);
  if (operands === undefined) return undefined;
  if (name === 'all' || name === 'any') return { kind: name, operands };
  const [operand] = operands;
  return name === 'not' && operand !== undefined && operands.length === 1 ? { kind: 'not', operand } : undefined;
}

function bareName(name: string): CfgExpression {
  return name === 'true' || name === 'false' ? { kind: 'constant', value: name === 'true' } : { kind: 'name', name };
}

/** Operands up to the closing parenthesis, which is taken too. A comma may follow the last one. */
function parseOperands(reader: TokenReader): readonly CfgExpression[] | undefined {
  const operands: CfgExpression[] = [];
  while (!reader.accept(')')) {
    const operand = parseOne(reader);
    if (operand === undefined) return undefined;
    operands.push(operand);
    if (reader.accept(',')) continue;
    return reader.accept(')') ? operands : undefined;
  }
  return operands;
}
