'use strict'
/**
 * Runs before `npm start`, `npm test` and `npm run dev`, on whatever Node the machine has: installs
 * the dependencies when they are missing or stale and, with --web, builds the web app. Does nothing,
 * quickly, when all is there.
 */
const OLDEST_NODE = 20
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  // First of all, since what follows may be more than such a Node can load.
  console.error(`CloudSync needs Node ${OLDEST_NODE} or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

const { execFileSync, spawn } = require('node:child_process')
const { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } = require('node:fs')
const { delimiter, join } = require('node:path')
const { acquireLock } = require('./prepare-lock.cjs')
const { findMismatch, fingerprint, sourceFolders } = require('./staleness.cjs')

const ROOT = join(__dirname, '..')
const BIN = join(ROOT, 'node_modules/.bin')
const NODE = join(BIN, 'node')
const INSTALL_STAMP = join(ROOT, 'node_modules/.prepared')
const WEB_STAMP = join(ROOT, 'web/dist/.prepared')

/** What can be said in plain words to the person at the terminal. */
class Unprepared extends Error {}

async function prepare(withWeb) {
  const isReady = () => dependenciesFit() && runtimeFits() && (!withWeb || webFits())
  if (isReady()) return
  const release = await acquireLock(join(ROOT, '.cache/prepare.lock'), (pid) =>
    say(`Waiting for another start that is preparing this checkout (process ${pid}) …`),
  )
  try {
    if (!dependenciesFit()) await installDependencies()
    if (!runtimeFits()) await repairRuntime()
    if (withWeb && !webFits()) await buildWeb()
  } finally {
    release()
  }
}

function dependenciesFit() {
  const wanted = installFingerprint()
  if (readStamp(INSTALL_STAMP) === wanted) return true
  const record = join(ROOT, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  if (findMismatch(readJson(join(ROOT, 'package-lock.json')), readJson(record), process))
    return false
  writeFileSync(INSTALL_STAMP, wanted)
  return true
}

function installFingerprint() {
  return fingerprint(ROOT, ['package-lock.json'], `${process.platform}-${process.arch}`)
}

async function installDependencies() {
  say('Installing dependencies, about half a minute …')
  // Whatever NODE_ENV and the user's npm settings say: the tools are needed too.
  await npm(['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'])
  writeFileSync(INSTALL_STAMP, installFingerprint())
}

/** Scripts run on node_modules/.bin/node, or on the machine's Node if there is none. */
function runtimeFits() {
  if (!existsSync(NODE)) return isNewEnough(process.versions.node)
  if (realpathSync(NODE) === realpathSync(process.execPath)) return isPinned(process.versions.node)
  try {
    return isPinned(execFileSync(NODE, ['--version'], { encoding: 'utf8' }).trim().slice(1))
  } catch {
    return false
  }
}

function pinnedNode() {
  return readJson(join(ROOT, 'package.json')).devDependencies.node
}

function isPinned(version) {
  return version === pinnedNode()
}

function isNewEnough(version) {
  return major(version) >= major(pinnedNode())
}

/** The package `node` brings its binary by an install script, which npm can be told not to run. */
async function repairRuntime() {
  say(`Installing Node ${pinnedNode()} …`)
  const allowed = Object.entries(readJson(join(ROOT, 'package.json')).allowScripts || {})
    .filter(([name, isAllowed]) => isAllowed && existsSync(join(ROOT, 'node_modules', name)))
    .map(([name]) => name)
  await npm(['rebuild', '--ignore-scripts=false', ...allowed])
  if (runtimeFits()) return
  // One that cannot run here would only hide the machine's own.
  rmSync(NODE, { force: true })
  if (runtimeFits()) return
  throw new Unprepared(
    `CloudSync runs on Node ${pinnedNode()}, which npm could not install for ` +
      `${process.platform}-${process.arch}. Install Node ${major(pinnedNode())} or newer on this ` +
      `machine and run this again.`,
  )
}

function webFits() {
  if (!['ts', 'mts', 'js', 'mjs'].some((end) => existsSync(join(ROOT, `web/vite.config.${end}`)))) {
    return true
  }
  return readStamp(WEB_STAMP) === webFingerprint()
}

function webFingerprint() {
  return fingerprint(ROOT, [...sourceFolders(ROOT, 'web'), 'package-lock.json'])
}

async function buildWeb() {
  say('Building the web app …')
  // Taken before the build: what is edited meanwhile makes the next start build again.
  const built = webFingerprint()
  await npm(['run', 'build', '--workspace=web'])
  writeFileSync(WEB_STAMP, built)
}

/** Runs npm with the machine's Node; its output is shown when it fails. */
function npm(args) {
  const cli = process.env.npm_execpath
  const [command, prefix] =
    cli && cli.endsWith('npm-cli.js')
      ? [process.env.npm_node_execpath || 'node', [cli]]
      : ['npm', []]
  const child = spawn(command, [...prefix, ...args, '--loglevel=error'], {
    cwd: ROOT,
    env: innerEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  // Stopped by a signal we must not let go of the lock before npm has stopped as well.
  let stoppedBy
  const stop = (signal) => {
    stoppedBy = signal
    child.kill(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Unprepared(`npm could not be started: ${error.message}`)),
    )
    child.on('close', (code, signal) => {
      if (code === 0) return resolve()
      if (stoppedBy || signal) return reject(new Unprepared(`Stopped by ${stoppedBy || signal}.`))
      return reject(new Unprepared(`${output.trim()}\n\n${explain(output, args)}`))
    })
  })
}

/**
 * npm hands its settings down as npm_* variables, and those of the outer call (prefix, workspace,
 * omit …) would redirect the inner one. Only where packages come from is passed on.
 */
function innerEnvironment() {
  const kept =
    /^npm_config_(registry|.*proxy|cafile|ca|cert|key|strict_ssl|cache|(user|global)config|offline|prefer_offline|fetch_.*|.*[:/].*)$/i
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name)),
  )
  delete env.NODE_ENV
  // The Node that `npm ci` is about to remove must not be the one that it runs on.
  env.PATH = (env.PATH || '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter)
  return env
}

function explain(output, args) {
  const code = (/npm (?:error|ERR!) code (\S+)/.exec(output) || [])[1]
  if (
    /^(ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|FETCH_ERROR)/.test(
      code,
    )
  ) {
    return (
      'The package registry cannot be reached. CloudSync needs it once, to install its ' +
      "dependencies: check the network and npm's proxy settings, then run this again."
    )
  }
  if (code === 'ENOSPC') return 'The disk is full.'
  if (code === 'EACCES' || code === 'EPERM') return 'npm may not write to the path above.'
  if (code === 'EUSAGE') return 'package.json and package-lock.json disagree: run `npm install`.'
  return `\`npm ${args.join(' ')}\` failed; its output is above.`
}

function readStamp(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function major(version) {
  return Number(version.split('.')[0])
}

/** To stderr: what follows on stdout belongs to the command that this prepares. */
function say(text) {
  console.error(text)
}

prepare(process.argv.includes('--web')).catch((error) => {
  say(`\n${error instanceof Unprepared ? error.message : error.stack}\n`)
  process.exitCode = 1
})
