import type { MachineNeed } from './subject.ts';

/** A source distribution with an extension module, to be compiled by maturin and by Ferrule. */
export interface ExtensionSubject {
  readonly name: string;
  readonly version: string;
  /** What it needs of the index to be imported. */
  readonly requirements?: readonly string[];
  /** What its build scripts need of the index, all of it. */
  readonly buildRequirements?: readonly string[];
  /** Programs for Python; what they print has to be the same with both modules. */
  readonly programs: readonly string[];
  readonly needs?: readonly MachineNeed[];
}

const CXX: MachineNeed = { present: 'c++', debian: 'g++' };
const OPENSSL: MachineNeed = { present: '/usr/include/openssl/ssl.h', debian: 'libssl-dev' };

/** Real extensions, smallest first: pyo3 and pyo3-ffi, exact and stable ABIs, a workspace, C and C++ inside. */
export const EXTENSIONS: readonly ExtensionSubject[] = [
  {
    name: 'rpds-py',
    version: '2026.9.1',
    programs: ['import rpds; print(rpds.HashTrieMap({"a": 1}).insert("b", 2), rpds.List([1, 2]).push_front(0))'],
  },
  {
    name: 'orjson',
    version: '3.13.0',
    programs: ['import orjson; print(orjson.dumps({"a": [1, 2.5, None], "ü": True}), orjson.loads(b"[1e3]"))'],
  },
  {
    name: 'watchfiles',
    version: '1.3.0',
    requirements: ['anyio'],
    programs: [
      'import watchfiles; from watchfiles._rust_notify import RustNotify; print(watchfiles.__version__, RustNotify([], False, False, 50, True, False))',
    ],
  },
  {
    name: 'jiter',
    version: '0.19.0',
    programs: ['import jiter; print(jiter.from_json(b"[1, {\\"a\\": 2.5}]"), jiter.__version__)'],
  },
  {
    name: 'pydantic-core',
    version: '2.50.4',
    requirements: ['typing-extensions'],
    programs: [
      'from pydantic_core import SchemaValidator, core_schema as c; print(SchemaValidator(c.list_schema(c.int_schema())).validate_python(["1", 2]))',
    ],
  },
  {
    name: 'cryptography',
    version: '50.0.2',
    requirements: ['cffi', 'pycparser'],
    buildRequirements: ['cffi', 'pycparser', 'setuptools'],
    needs: [OPENSSL],
    programs: [
      'from cryptography.hazmat.primitives import hashes as h; d = h.Hash(h.SHA256()); d.update(b"abc"); print(d.finalize().hex())',
      'from cryptography.fernet import Fernet; k = Fernet.generate_key(); print(Fernet(k).decrypt(Fernet(k).encrypt(b"secret")))',
    ],
  },
  {
    name: 'tokenizers',
    version: '0.23.3',
    needs: [CXX],
    programs: [
      'from tokenizers import Tokenizer, models, pre_tokenizers as p; t = Tokenizer(models.BPE()); t.pre_tokenizer = p.ByteLevel(); print(p.ByteLevel().pre_tokenize_str("Hello there"))',
    ],
  },
];
