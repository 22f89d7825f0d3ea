import { expect, test } from 'vitest';
import { findNamespaces } from '../../../src/python/wheel/namespaces.ts';

test('a directory without `__init__` that holds modules at some depth is a namespace', () => {
  expect(findNamespaces(['google/cloud/storage/__init__.py', 'google/cloud/storage/blob.py', 'google/auth.py'])).toEqual([
    'google',
    'google/cloud',
  ]);
});

test('a regular package is none, however its `__init__` is made', () => {
  expect(findNamespaces(['a/__init__.py', 'a/b.py'])).toEqual([]);
  expect(findNamespaces(['a/__init__.cpython-311-x86_64-linux-gnu.so', 'a/b.py'])).toEqual([]);
  expect(findNamespaces(['a/__init__.abi3.so'])).toEqual([]);
  expect(findNamespaces(['a/__init__.pyi', 'a/b.py'])).toEqual(['a']);
});

test('directories without modules, and ones that cannot be imported, are none', () => {
  expect(findNamespaces(['numpy.libs/libopenblas.so', 'made-1.0.dist-info/METADATA', 'docs/index.md', 'top.py', 'a-b/c.py'])).toEqual([]);
  expect(findNamespaces(['nvidia/cublas/lib/libcublas.so.12'])).toEqual([]);
});

test('an extension module makes a namespace as a file of Python does', () => {
  expect(findNamespaces(['ns/ext.cpython-313-x86_64-linux-gnu.so', 'other/fast.abi3.so', 'third/plain.so'])).toEqual([
    'ns',
    'other',
    'third',
  ]);
});
