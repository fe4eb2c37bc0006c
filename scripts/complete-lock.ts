/**
 * Adds to package-lock.json the packages for other machines that npm left out.
 *
 * npm writes no entry for an optional package that its registry does not have, as a mirror may not
 * have those for other platforms; `npm ci` then refuses the lock on every machine. Run this after
 * `npm install` when the test of the lock asks for it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface LockEntry {
  version?: string
  cpu?: string[]
  dev?: boolean
  engines?: Record<string, string>
  libc?: string[]
  license?: string
  optional?: boolean
  os?: string[]
  optionalDependencies?: Record<string, string>
}

export type LockPackages = Record<string, LockEntry>

/** `@scope/name-<os>-<cpu>[-<abi>]`, as native packages call themselves. */
const NATIVE =
  /(?<os>[a-z0-9]+)-(?<cpu>arm64|arm|x64|ia32|ppc64|riscv64|s390x)(?:-(?<abi>[a-z]+))?$/

/** Maps the path of each package that the lock wants and lacks to the entry it should have. */
export function findMissingEntries(packages: LockPackages): LockPackages {
  const missing: LockPackages = {}
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const candidates = [`${path}/node_modules/${name}`, `node_modules/${name}`]
      if (candidates.some((candidate) => candidate in packages)) continue
      missing[`node_modules/${name}`] = nativeEntry(name, version, entry)
    }
  }
  return missing
}

function nativeEntry(name: string, version: string, parent: LockEntry): LockEntry {
  const { os, cpu, abi } = NATIVE.exec(name)?.groups ?? {}
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+[\w.-]*$/.test(version)) {
    throw new Error(`Cannot tell for which machine ${name}@${version} is`)
  }
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(abi === 'gnu' && { libc: ['glibc'] }),
    ...(abi === 'musl' && { libc: ['musl'] }),
    ...(parent.license && { license: parent.license }),
    optional: true,
    os: [os],
    ...(parent.engines && { engines: parent.engines }),
  }
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '../package-lock.json')
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: LockPackages }
  const missing = findMissingEntries(lock.packages)
  const sorted = Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  )
  writeFileSync(
    path,
    `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, undefined, 2)}\n`,
  )
  console.log(`${Object.keys(missing).length} packages added to package-lock.json`)
}
