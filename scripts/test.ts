/**
 * `npm test`: everything that has to hold before a change goes in. All sections run, also after one
 * has failed, so that all is seen at once.
 *
 *     npm test -- --only lint            one section (may be repeated)
 *     npm test -- storage live           the test files whose path contains one of these words
 *     npm test -- --only e2e sharing     the journeys, with words for their runner
 *
 * What is skipped is said at the end; with CI=true it is a failure.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { listTestFiles, runNodeTests, type Outcome } from './run-node-tests.ts'
import { chromium, ensurePrograms, nginx, redis, vim, type Program } from './system-programs.ts'
import { programsFor, startTestServices } from './test-services/test-services.ts'

interface Section {
  name: string
  needs?: (words: readonly string[]) => readonly Program[]
  run: (words: readonly string[]) => Promise<Outcome>
}

const ROOT = join(import.meta.dirname, '..')

const SECTIONS: readonly Section[] = [
  { name: 'types', run: () => runScript('check:types') },
  { name: 'lint', run: () => runScript('check:lint') },
  { name: 'format', run: () => runScript('check:format') },
  { name: 'unused', run: () => runScript('check:unused') },
  {
    name: 'tests',
    needs: (words) => [nginx, redis, ...programsFor(listTestFiles(ROOT, words))],
    run: runTests,
  },
  { name: 'e2e', needs: () => [chromium, nginx, redis, vim], run: runJourneys },
]

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string', multiple: true } },
    allowPositionals: true,
  })
  const names =
    values.only ?? (positionals.length > 0 ? ['tests'] : SECTIONS.map(({ name }) => name))
  const unknown = names.filter((name) => !SECTIONS.some((section) => section.name === name))
  if (unknown.length > 0) {
    console.error(
      `No section ${unknown.join(', ')}; there are: ${SECTIONS.map((s) => s.name).join(' ')}`,
    )
    return 2
  }
  const sections = SECTIONS.filter(({ name }) => names.includes(name))
  const programs = ensurePrograms([
    ...new Set(sections.flatMap(({ needs }) => needs?.(positionals) ?? [])),
  ])
  Object.assign(process.env, programs.environment)
  // A third of what it takes to load a server, as two hundred files do, is to compile what the others compiled too.
  process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/compile')
  // Some tools colour their output in CI, where it goes to a file.
  if (!process.stdout.isTTY) process.env['NO_COLOR'] = '1'

  const failed: string[] = []
  const skipped = [...programs.missing]
  const lines: string[] = []
  for (const section of sections) {
    console.log(`\n── ${section.name} ${'─'.repeat(60 - section.name.length)}`)
    const started = performance.now()
    const outcome = await section.run(positionals)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const skips = outcome.skipped.length > 0 ? `, ${outcome.skipped.length} skipped` : ''
    lines.push(`${outcome.ok ? '✔' : '✖'} ${section.name} ${seconds} s${skips}`)
    console.log(lines.at(-1))
    if (!outcome.ok) failed.push(section.name)
    skipped.push(...outcome.skipped)
  }
  return summarize(lines, failed, skipped)
}

function summarize(lines: string[], failed: string[], skipped: string[]): number {
  const skippedFails = process.env['CI'] === 'true' && skipped.length > 0
  console.log(`\n── summary ${'─'.repeat(53)}`)
  for (const line of lines) console.log(line)
  for (const line of skipped) console.log(`skipped: ${line}`)
  if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`)
  if (skippedFails) console.log('failed: with CI=true nothing may be skipped')
  return failed.length > 0 || skippedFails ? 1 : 0
}

/** A script of package.json, so that there is one place that says how each check is called. */
function runScript(name: string): Promise<Outcome> {
  return runNode('--run', name)
}

async function runTests(words: readonly string[]): Promise<Outcome> {
  await using _services = await startTestServices(ROOT, listTestFiles(ROOT, words))
  return await runNodeTests(ROOT, words)
}

async function runJourneys(words: readonly string[]): Promise<Outcome> {
  const build = await runNode('scripts/prepare.cjs', '--web')
  const runner = 'e2e/run.ts'
  if (!build.ok) return build
  if (!existsSync(join(ROOT, runner))) return { ok: true, skipped: [`the journeys (no ${runner})`] }
  if (process.env[chromium.variable] === undefined)
    return { ok: true, skipped: ['the journeys (no Chromium)'] }
  return runNode(runner, ...words)
}

function runNode(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ok: code === 0, skipped: [] }))
  })
}

process.exitCode = await main()
