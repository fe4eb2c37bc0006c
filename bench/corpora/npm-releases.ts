import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createGunzip } from 'node:zlib'

/** Packages of different kinds: few large files, thousands of small ones, some of middle size. */
const releases = {
  typescript: '5.5.4 5.6.2 5.6.3 5.7.2 5.7.3 5.8.2 5.8.3 5.9.2 5.9.3 6.0.2',
  'date-fns': '3.3.1 3.4.0 3.5.0 3.6.0 4.0.0 4.1.0 4.2.0 4.2.1 4.3.0 4.4.0',
  'react-dom': '19.0.0 19.1.0 19.1.1 19.2.0 19.2.1 19.2.2 19.2.3 19.2.4 19.2.5 19.2.6',
}

const cacheDir = fileURLToPath(new URL('../../.cache/bench/npm/', import.meta.url))

/** Writes the tars of releases into a directory and gives their paths, package by package, oldest first. */
export async function writeReleaseTars(directory: string, perPackage: number): Promise<string[]> {
  const tars: string[] = []
  for (const [name, versions] of Object.entries(releases))
    for (const version of versions.split(' ').slice(0, perPackage)) {
      const tar = join(directory, `${name}-${version}.tar`)
      await writeReleaseTar(tar, name, version)
      tars.push(tar)
    }
  return tars
}

/** Writes the tar of one release of a package. */
export async function writeReleaseTar(path: string, name: string, version: string): Promise<void> {
  const packed = createReadStream(await ensurePacked(name, version))
  await pipeline(packed, createGunzip(), createWriteStream(path))
}

/** npm checks what it downloads against the registry's hash. */
async function ensurePacked(name: string, version: string): Promise<string> {
  const path = join(cacheDir, `${name}-${version}.tgz`)
  if (existsSync(path)) return path
  await mkdir(cacheDir, { recursive: true })
  const options = ['--silent', '--pack-destination', cacheDir]
  await promisify(execFile)('npm', ['pack', `${name}@${version}`, ...options])
  return path
}
