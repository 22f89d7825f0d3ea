import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ENVIRONMENT } from './extension-rig.ts';

/** Writes files below a new directory and has cargo lock every workspace of them; the directory's real path. */
export function writtenRepository(files: Readonly<Record<string, string>>, workspaces: readonly string[] = ['.']): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ferrule-extension-')));
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  for (const workspace of workspaces) {
    execFileSync('cargo', ['generate-lockfile', '--quiet'], { cwd: join(root, workspace), env: { ...ENVIRONMENT } });
  }
  return root;
}

/** A module with the C interface alone, which compiles in a second: it says the Python it was compiled for, and adds with `itoa`. */
export const MODULE_SOURCE = `
use pyo3_ffi::*;
use std::os::raw::c_char;

static mut METHODS: [PyMethodDef; 2] = [
    PyMethodDef {
        ml_name: c"decimal".as_ptr(),
        ml_meth: PyMethodDefPointer { PyCFunction: decimal },
        ml_flags: METH_O,
        ml_doc: std::ptr::null(),
    },
    PyMethodDef::zeroed(),
];
static mut MODULE: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"NAME".as_ptr(),
    m_doc: std::ptr::null(),
    m_size: 0,
    m_methods: std::ptr::addr_of_mut!(METHODS).cast(),
    m_slots: std::ptr::null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

unsafe extern "C" fn decimal(_module: *mut PyObject, argument: *mut PyObject) -> *mut PyObject {
    unsafe {
        let number = PyLong_AsLongLong(argument);
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(number);
        PyUnicode_FromStringAndSize(text.as_ptr() as *const c_char, text.len() as Py_ssize_t)
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_NAME() -> *mut PyObject {
    unsafe { PyModule_Create(std::ptr::addr_of_mut!(MODULE)) }
}
`;

export function moduleSource(name: string): string {
  return MODULE_SOURCE.replaceAll('NAME', name);
}

/** A workspace of a plain program and two modules, one of them for the stable ABI, that share a dependency. */
export const SHARING: Readonly<Record<string, string>> = {
  'Cargo.toml': '[workspace]\nmembers = ["plain", "exact", "stable"]\nresolver = "2"\n',
  'plain/Cargo.toml': '[package]\nname = "plain"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nitoa = "1"\nlibc = "0.2"\n',
  'plain/src/main.rs': 'fn main() { println!("{}", itoa::Buffer::new().format(7)); }\n',
  'exact/Cargo.toml': extensionManifest('exact', ''),
  'exact/src/lib.rs': moduleSource('exact'),
  'stable/Cargo.toml': extensionManifest('stable', ', features = ["abi3-py310", "abi3-py312"]'),
  'stable/src/lib.rs': moduleSource('stable'),
};

function extensionManifest(name: string, more: string): string {
  return `[package]
name = "${name}"
version = "0.1.0"
edition = "2024"
[lib]
crate-type = ["cdylib", "rlib"]
[dependencies]
itoa = "1"
libc = "0.2"
pyo3-ffi = { version = "=0.29.3"${more} }
`;
}
