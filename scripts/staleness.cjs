'use strict'
/**
 * What tells whether an installation or a build still fits its sources. Pure but for reading
 * files; plain JavaScript, because it runs on the machine's own Node before anything is installed.
 */
const { createHash } = require('node:crypto')
const { readdirSync, readFileSync, statSync } = require('node:fs')
const { join } = require('node:path')

const GENERATED = new Set(['node_modules', 'dist'])

/** A hash of the paths and contents of `entries` (files or folders below `root`). */
function fingerprint(root, entries, salt = '') {
  const hash = createHash('sha256').update(salt)
  for (const file of entries.flatMap((entry) => listFiles(root, entry))) {
    const content = readFileSync(join(root, file))
    hash.update(`\0${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

function listFiles(root, entry) {
  if (!statSync(join(root, entry)).isDirectory()) return [entry]
  return readdirSync(join(root, entry), { withFileTypes: true })
    .filter((child) => !GENERATED.has(child.name) && !child.name.includes('.test.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((child) =>
      child.isDirectory() ? listFiles(root, `${entry}/${child.name}`) : `${entry}/${child.name}`,
    )
}

/** The folders that `workspace` is built from: its own, and those of our packages it depends on. */
function sourceFolders(root, workspace, seen = new Set()) {
  if (seen.has(workspace)) return []
  seen.add(workspace)
  const manifest = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'))
  const ours = Object.keys(manifest.dependencies || {}).filter((name) =>
    name.startsWith('@cloudsync/'),
  )
  return [
    workspace,
    ...ours.flatMap((name) => sourceFolders(root, name.slice('@cloudsync/'.length), seen)),
  ]
}

/**
 * The first package of `lock` (package-lock.json) that `installed` (npm's own record in
 * node_modules/.package-lock.json) lacks or has in another version; undefined when all is there.
 * A developer's `npm install` thus counts as an installation too.
 */
function findMismatch(lock, installed, { platform, arch }) {
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '') continue
    const found = installed.packages[path]
    if (found ? found.version !== wanted.version : !mayBeAbsent(wanted, platform, arch)) return path
  }
  return undefined
}

/**
 * npm leaves out optional packages that are for other machines. One that names no machine, or a C
 * library too, may be absent for reasons of npm's own.
 */
function mayBeAbsent(wanted, platform, arch) {
  if (!wanted.optional && !wanted.devOptional) return false
  if (!wanted.os || !wanted.cpu || wanted.libc) return true
  return !wanted.os.includes(platform) || !wanted.cpu.includes(arch)
}

module.exports = { findMismatch, fingerprint, sourceFolders }
