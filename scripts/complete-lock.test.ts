import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findMissingEntries, type LockPackages } from './complete-lock.ts'

test('package-lock.json names the native packages of every machine (else: npm run lock:complete)', () => {
  const lock = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: LockPackages }
  assert.deepEqual(Object.keys(findMissingEntries(packages)), [])
})

test('a missing native package gets the machine that its name says', () => {
  const parent = {
    version: '1.0.0',
    dev: true,
    license: 'MIT',
    optionalDependencies: { '@x/darwin-arm64': '1.0.0', '@x/linux-x64-musl': '1.0.0' },
  }
  const entry = { version: '1.0.0', dev: true, license: 'MIT', optional: true }
  assert.deepEqual(findMissingEntries({ 'node_modules/x': parent }), {
    'node_modules/@x/darwin-arm64': { ...entry, os: ['darwin'], cpu: ['arm64'] },
    'node_modules/@x/linux-x64-musl': { ...entry, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
  })
})

test('a package is not missing if it lies above or inside the one that wants it', () => {
  const wants = { version: '1.0.0', optionalDependencies: { '@x/linux-x64': '1.0.0' } }
  const native = { version: '1.0.0' }
  const above = { 'node_modules/x': wants, 'node_modules/@x/linux-x64': native }
  const inside = { 'node_modules/x': wants, 'node_modules/x/node_modules/@x/linux-x64': native }
  assert.deepEqual(findMissingEntries(above), {})
  assert.deepEqual(findMissingEntries(inside), {})
})

test('an optional package whose machine its name does not tell is refused', () => {
  const wants = { version: '1.0.0', optionalDependencies: { fsevents: '^2.3.0' } }
  assert.throws(() => findMissingEntries({ 'node_modules/x': wants }), /fsevents@\^2\.3\.0/)
})
