import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'

/** How programs save. */
export const saveWays = ['vim', 'at once', 'in place', 'append'] as const
export type SaveWay = (typeof saveWays)[number]

/** `uncertain`: somebody else has put another file there in that very moment, and ours may have gone with the old one. */
export type Saved = 'saved' | 'uncertain'

/** Makes of what a text file holds something else, as some program would. Throws where the file is gone. */
export function saveText(path: string, way: SaveWay, edit: (text: string) => string): Saved {
  const { O_DIRECTORY, O_RDONLY } = constants
  const folder = openSync(dirname(path), O_RDONLY | O_DIRECTORY)
  try {
    // Wherever the folder is moved meanwhile.
    const saved = saveIn(`/proc/self/fd/${folder}`, basename(path), way, edit)
    const now = readlinkSync(`/proc/self/fd/${folder}`)
    return /\/\.cloudsync\/| \(deleted\)$/.test(now) ? 'uncertain' : saved
  } finally {
    closeSync(folder)
  }
}

function saveIn(folder: string, name: string, way: SaveWay, edit: (text: string) => string): Saved {
  const path = `${folder}/${name}`
  switch (way) {
    case 'vim': {
      const backup = `${path}~`
      renameSync(path, backup)
      writeFileSync(path, edit(readFileSync(backup, 'utf8')), { flag: 'wx' })
      unlinkSync(backup)
      return 'saved'
    }
    case 'at once':
      return saveAtOnce(folder, name, edit)
    case 'in place':
    case 'append':
      return saveInPlace(path, edit, way === 'append')
  }
}

/** As GNOME's programs do. */
function saveAtOnce(folder: string, name: string, edit: (text: string) => string): Saved {
  const path = `${folder}/${name}`
  const temporary = `${folder}/.goutputstream-${name}`
  for (;;) {
    const before = statSync(path, { bigint: true })
    writeFileSync(temporary, edit(readFileSync(path, 'utf8')))
    const now = statSync(path, { bigint: true })
    if (before.ino === now.ino && before.mtimeNs === now.mtimeNs) break
  }
  renameSync(temporary, path)
  return 'saved'
}

function saveInPlace(path: string, edit: (text: string) => string, isAtEnd: boolean): Saved {
  const file = openSync(path, 'r+')
  try {
    const before = readFileSync(file, 'utf8')
    const after = edit(before)
    if (isAtEnd && after.startsWith(before)) {
      const added = Buffer.from(after.slice(before.length))
      writeSync(file, added, 0, added.length, Buffer.byteLength(before))
    } else {
      ftruncateSync(file, 0)
      writeSync(file, Buffer.from(after), 0, Buffer.byteLength(after), 0)
    }
    return isStillThere(file, path) ? 'saved' : 'uncertain'
  } finally {
    closeSync(file)
  }
}

/** Whether the open file is the one of that name. */
export function isStillThere(file: number, path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino
}

/** A line more; `at` says where, from 0, before all others, to 1, behind them. */
export function withLine(text: string, line: string, at: number): string {
  const lines = text.split('\n')
  lines.splice(Math.floor(at * lines.length), 0, line)
  return lines.join('\n')
}
