import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FoundPrograms } from '../../scripts/system-programs.ts'
import type { FolderPair, FolderPairPeer } from './folder-pair.ts'
import { runProgram } from './run-program.ts'

interface CopyingProgram {
  readonly title: string
  readonly variable: string
  readonly argsOf: (from: string, to: string) => readonly string[]
}

/** Programs that look when they are run, from one folder of this machine to another; nothing of it is synced to the disk. */
const copyingPrograms: readonly CopyingProgram[] = [
  {
    title: 'Unison',
    variable: 'UNISON_BIN',
    argsOf: (from, to) => [from, to, '-batch', '-auto', '-silent', '-confirmbigdel=false'],
  },
  {
    title: 'rclone sync',
    variable: 'RCLONE_BIN',
    argsOf: (from, to) => ['sync', '--config=/dev/null', '--track-renames', from, to],
  },
  {
    title: 'rsync -a',
    variable: 'RSYNC_BIN',
    argsOf: (from, to) => ['-a', '--delete', `${from}/`, to],
  },
]

/** Those that are there. */
export function listCopyingPeers(programs: FoundPrograms['environment']): FolderPairPeer[] {
  return copyingPrograms.flatMap((one) => {
    const program = programs[one.variable]
    if (program === undefined) return []
    return {
      title: one.title,
      isWatching: false,
      open: (directory) => open(one, program, directory),
    }
  })
}

async function open(
  { argsOf }: CopyingProgram,
  program: string,
  directory: string,
): Promise<FolderPair> {
  const [from, to] = [join(directory, 'from'), join(directory, 'to')]
  await mkdir(from, { recursive: true })
  await mkdir(to, { recursive: true })
  const run = async () => {
    await runProgram(program, argsOf(from, to), { env: { HOME: directory, UNISON: directory } })
  }
  // Unison remembers what was the same.
  await run()
  return {
    from,
    to,
    hint: run,
    settle: () => Promise.resolve(),
    pids: () => [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
