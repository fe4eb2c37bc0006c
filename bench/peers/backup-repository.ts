import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { runProgram, type ProgramRun } from './run-program.ts'

/** A fresh repository of a backup program, encrypted, in a directory. */
export interface BackupRepository {
  readonly directory: string
  /** Backs one file up. */
  backUp(file: string): Promise<ProgramRun>
  /** Does nothing else than each command does first: asks for the key and reads what is there. */
  open(): Promise<ProgramRun>
}

export type MakeRepository = (program: string, directory: string) => Promise<BackupRepository>

export const makeResticRepository: MakeRepository = async (program, directory) => {
  const env = { RESTIC_PASSWORD: 'a password', RESTIC_REPOSITORY: directory }
  const run = (args: readonly string[], cwd?: string) =>
    runProgram(program, ['--no-cache', '--quiet', ...args], { env, ...(cwd ? { cwd } : {}) })
  await run(['init'])
  return {
    directory,
    backUp: (file) => run(['backup', basename(file)], dirname(file)),
    open: () => run(['cat', 'config']),
  }
}

export const makeBorgRepository: MakeRepository = async (program, directory) => {
  const env = {
    BORG_PASSPHRASE: 'a password',
    BORG_REPO: directory,
    BORG_BASE_DIR: `${directory}-of-borg`,
  }
  const run = (args: readonly string[], cwd?: string) =>
    runProgram(program, args, { env, ...(cwd ? { cwd } : {}) })
  await run(['init', '--encryption', 'repokey'])
  return {
    directory,
    backUp: (file) =>
      run(
        ['create', '--compression', 'zstd,1', `::${basename(file)}`, basename(file)],
        dirname(file),
      ),
    open: () => run(['list']),
  }
}

/** What the files below a directory hold. */
export async function directoryBytes(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
