import { execFile } from 'node:child_process'
import { copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { FoundPrograms } from '../../scripts/system-programs.ts'
import {
  directoryBytes,
  makeBorgRepository,
  makeResticRepository,
  type MakeRepository,
} from './backup-repository.ts'
import { RangeServer } from './range-server.ts'
import { runProgram } from './run-program.ts'

/** A file before and after an edit. */
export interface EditedFile {
  readonly base: string
  readonly target: string
}

/** What brings an edit to where the file is as it was before. */
export interface EditPeer {
  readonly title: string
  /** Those that it needs, by their variables. */
  readonly needs: readonly string[]
  /** What it sends for an edit, and receives; `directory` is empty and its own. */
  readonly measure: (
    programs: readonly string[],
    edit: EditedFile,
    directory: string,
  ) => Promise<number>
}

export const editPeers: readonly EditPeer[] = [
  {
    title: 'rsync',
    needs: ['RSYNC_BIN'],
    measure: (programs, ...rest) => rsync(programs, [], ...rest),
  },
  {
    title: 'rsync -z',
    needs: ['RSYNC_BIN'],
    measure: (programs, ...rest) => rsync(programs, ['-z'], ...rest),
  },
  { title: 'zsync', needs: ['ZSYNC_BIN', 'ZSYNCMAKE_BIN'], measure: zsync },
  { title: 'casync', needs: ['CASYNC_BIN'], measure: casync },
  {
    title: 'restic',
    needs: ['RESTIC_BIN'],
    measure: (...all) => backUpBoth(makeResticRepository, ...all),
  },
  {
    title: 'Borg',
    needs: ['BORG_BIN'],
    measure: (...all) => backUpBoth(makeBorgRepository, ...all),
  },
]

/** What each peer needs for an edit; `undefined` for those that are not there. */
export async function measurePeers(
  found: FoundPrograms['environment'],
  edit: EditedFile,
  workDir: string,
  peers: readonly EditPeer[] = editPeers,
): Promise<Map<string, number>> {
  const bytes = new Map<string, number>()
  for (const { title, needs, measure } of peers) {
    const programs = needs.flatMap((variable) => found[variable] ?? [])
    if (programs.length < needs.length) continue
    const directory = join(workDir, 'peer')
    await mkdir(directory)
    bytes.set(title, await measure(programs, edit, directory))
    await rm(directory, { recursive: true })
  }
  return bytes
}

/** Sent and received. */
async function rsync(
  [program = '']: readonly string[],
  options: readonly string[],
  { base, target }: EditedFile,
  directory: string,
): Promise<number> {
  await copyFile(base, join(directory, basename(target)))
  const args = ['--no-whole-file', '--ignore-times', '--stats', ...options, target, directory]
  const { stdout } = await promisify(execFile)(program, args, {
    env: { ...process.env, LC_ALL: 'C' },
  })
  const read = (name: string) =>
    Number(new RegExp(`Total bytes ${name}: ([\\d,]+)`).exec(stdout)?.[1]?.replaceAll(',', ''))
  return read('sent') + read('received')
}

/** What lies on a server is described once; a client that has the base fetches the rest by ranges. */
async function zsync(
  [program = '', maker = '']: readonly string[],
  { base, target }: EditedFile,
  directory: string,
): Promise<number> {
  await copyFile(target, join(directory, 'served'))
  await runProgram(maker, ['-u', 'served', '-o', 'served.zsync', 'served'], { cwd: directory })
  await using server = await RangeServer.open(directory)
  const args = ['-q', '-i', base, '-o', 'received', `${server.url}/served.zsync`]
  await runProgram(program, args, { cwd: directory })
  return server.wireBytes
}

/** The chunks that its store did not have, and the index. */
async function casync(
  [program = '']: readonly string[],
  { base, target }: EditedFile,
  directory: string,
): Promise<number> {
  const store = join(directory, 'store.castr')
  const make = async (file: string) => {
    const index = join(directory, 'index.caibx')
    await runProgram(program, ['make', `--store=${store}`, index, file])
    return (await stat(index)).size
  }
  await make(base)
  const before = await directoryBytes(store)
  const indexBytes = await make(target)
  return (await directoryBytes(store)) - before + indexBytes
}

/** By how much a repository grows. */
async function backUpBoth(
  make: MakeRepository,
  [program = '']: readonly string[],
  { base, target }: EditedFile,
  directory: string,
): Promise<number> {
  const repository = await make(program, join(directory, 'repository'))
  await repository.backUp(base)
  const before = await directoryBytes(repository.directory)
  await repository.backUp(target)
  return (await directoryBytes(repository.directory)) - before
}
