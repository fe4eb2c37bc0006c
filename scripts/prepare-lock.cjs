'use strict'
/**
 * One preparation at a time in a checkout: a folder that is moved into place with its owner inside,
 * so that it is there whole or not at all. A folder cannot be moved onto one that holds something,
 * which makes the move the test. An owner that died is noticed by its process id.
 */
const {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs')
const { basename, dirname, join } = require('node:path')

const DAY_MS = 86_400_000

/** Waits until the lock is ours. `onWait(pid)` is called once if someone else has it. */
async function acquireLock(lock, onWait = () => {}) {
  const owner = `${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}`
  const mine = `${lock}.${owner}`
  mkdirSync(mine, { recursive: true })
  writeFileSync(join(mine, 'owner'), owner)
  let told = false
  while (!move(mine, lock)) {
    const other = readOwner(lock)
    if (other && !isAlive(other)) {
      // Of all who see the dead owner only the first can move the lock to this name.
      move(lock, `${lock}.dead-${other}`)
      continue
    }
    if (other && !told) {
      told = true
      onWait(pidOf(other))
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return () => {
    // Moved away first: an emptied folder at the lock's place would count as free too early.
    move(lock, mine)
    rmSync(mine, { recursive: true, force: true })
    sweep(lock)
  }
}

/** Removes what processes that died left beside the lock, once nobody can still be waiting on it. */
function sweep(lock) {
  for (const name of readdirSync(dirname(lock))) {
    const path = join(dirname(lock), name)
    if (!name.startsWith(`${basename(lock)}.`)) continue
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > DAY_MS) rmSync(path, { recursive: true, force: true })
  }
}

function move(from, to) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) return false
    throw error
  }
}

function readOwner(lock) {
  try {
    return readFileSync(join(lock, 'owner'), 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function pidOf(owner) {
  return Number(owner.split('-')[0])
}

function isAlive(owner) {
  try {
    process.kill(pidOf(owner), 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}

module.exports = { acquireLock }
