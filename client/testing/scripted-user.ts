import { hash, randomFillSync } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '@cloudsync/crdt/testing'
import { isStillThere, saveText, saveWays, withLine } from './save-text.ts'
import type { WrittenContents } from './written-contents.ts'

const textNames = ['notes.md', 'todo.txt', 'diary.txt', 'plan.md']
const fileNames = ['photo.jpg', 'sound.bin', 'archive.dat']
const folderNames = ['Work', 'Home', 'Old']
/** So few that nothing that is deleted is held back. */
const mostFiles = 60
const pieceBytes = 1024 * 1024

interface Found {
  readonly path: string
  readonly kind: 'text' | 'file' | 'folder'
}

export interface ScriptedUserOptions {
  readonly name: string
  readonly folder: string
  /** On the same file system, and not in the folder. */
  readonly bin: string
  readonly random: Random
  readonly contents: WrittenContents
}

/**
 * Somebody who works in a linked folder by programs of all kinds, and notes down what they wrote and what of it they
 * deleted knowingly. Deleted is what lay there in that moment: it is moved out, and looked at then.
 */
export class ScriptedUser {
  readonly #options: ScriptedUserOptions
  #taken = 0
  /**
   * Where texts lay. No other one is begun there: for the client it could be the same one, written anew, and where two
   * people write the same line anew, the letters of both are in it.
   */
  readonly #textPlaces = new Set<string>()
  /** The file that is being copied in; nobody does anything else with it. */
  #copied: number | undefined

  constructor(options: ScriptedUserOptions) {
    this.#options = options
    mkdirSync(options.bin, { recursive: true })
  }

  /** Does one thing; says what, for whoever looks for what went wrong. */
  act(): string {
    const { random, name } = this.#options
    try {
      return `${name} ${this.#choose(random.next())}`
    } catch (error) {
      // The client moves what others have moved under our hands.
      if (!isFromTheClient(error)) throw error
      return `${name} tries in vain: ${String(error)}`
    }
  }

  /** Copies something large into the folder, piece by piece, or puts it there whole. */
  async writeLarge(sizeBytes: number): Promise<string> {
    const { folder, bin, random, name, contents } = this.#options
    const bytes = randomFillSync(Buffer.alloc(sizeBytes))
    bytes[0] = 0
    const target = join(folder, `${name}-large-${random.below(3)}.bin`)
    const there = statSync(target, { throwIfNoEntry: false })
    if (there && random.chance(0.5)) return `${name} ${this.#patch({ path: target, kind: 'file' })}`
    if (there || random.chance(0.5)) {
      const made = join(bin, 'large')
      writeFileSync(made, bytes)
      if (there) contents.takeAway(readFileSync(target), false)
      renameSync(made, target)
    } else if (!(await this.#copyIn(bytes, target)))
      return `${name} copies to where nothing is left`
    contents.wroteFile(bytes)
    return `${name} copies ${sizeBytes} bytes to ${relative(folder, target)}`
  }

  /** `false`: what was written so far was taken away meanwhile. */
  async #copyIn(bytes: Uint8Array, target: string): Promise<boolean> {
    const file = openSync(target, 'wx')
    try {
      this.#copied = fstatSync(file).ino
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        writeSync(file, bytes, at, Math.min(pieceBytes, bytes.length - at), at)
        await delay(5)
      }
      const lies = relative(this.#options.folder, readlinkSync(`/proc/self/fd/${file}`))
      return !/^\.\.\/|^\.cloudsync\/| \(deleted\)$/.test(lies)
    } finally {
      this.#copied = undefined
      closeSync(file)
    }
  }

  /** Looks once more at what was deleted: what the client put there in the last moment was deleted with it. */
  emptyBin(): void {
    const { bin } = this.#options
    for (const { path, kind } of listBelow(bin)) this.#noteTaken(path, kind)
    rmSync(bin, { recursive: true })
    mkdirSync(bin)
  }

  #choose(choice: number): string {
    const { folder, random } = this.#options
    const found = listBelow(folder)
    for (const { path, kind } of found) if (kind === 'text') this.#textPlaces.add(path)
    const files = found.filter(({ kind }) => kind !== 'folder')
    const folders = found.filter(({ kind }) => kind === 'folder')
    const target = files.length === 0 ? undefined : random.pick(files)
    if (choice < 0.22 && files.length < mostFiles) return this.#make(folders)
    if (choice < 0.3) return this.#makeFolder(folders)
    if (!target) return 'finds nothing'
    if (statSync(target.path).ino === this.#copied) return 'waits for a copy'
    if (choice < 0.72) return target.kind === 'text' ? this.#edit(target) : this.#replace(target)
    if (choice < 0.84) return this.#move(target, folders)
    if (choice < 0.94) return this.#remove(target)
    const moved = folders.length === 0 ? undefined : random.pick(folders)
    if (!moved) return 'has no folder'
    return random.chance(0.7) ? this.#moveFolder(moved) : this.#remove(moved)
  }

  #make(folders: readonly Found[]): string {
    const { random, name, contents } = this.#options
    const isText = random.chance(0.6)
    const path = join(this.#somewhere(folders), random.pick(isText ? textNames : fileNames))
    if (!isText) {
      const bytes = this.#bytes()
      writeFileSync(path, bytes, { flag: 'wx' })
      contents.wroteFile(bytes)
      return `makes ${this.#shown(path)} (${shortHash(bytes)})`
    }
    if (this.#textPlaces.has(path)) return `makes no text where one was: ${this.#shown(path)}`
    const word = contents.newWord(name)
    try {
      writeFileSync(path, `${word}\n`, { flag: 'wx' })
    } catch (error) {
      contents.neverWritten(word)
      throw error
    }
    return `makes ${this.#shown(path)} with ${word}`
  }

  #edit({ path }: Found): string {
    const { random, name, contents } = this.#options
    const word = contents.newWord(name)
    const way = random.pick(saveWays)
    const at = random.next()
    try {
      const saved = saveText(path, way, (text) => withLine(text, word, way === 'append' ? 1 : at))
      if (saved === 'uncertain') contents.uncertain(word)
      return `writes ${word} into ${this.#shown(path)} (${way}, ${saved})`
    } catch (error) {
      contents.neverWritten(word)
      throw error
    }
  }

  #replace(target: Found): string {
    const { random, bin, contents } = this.#options
    if (random.chance(0.4)) return this.#patch(target)
    const bytes = this.#bytes()
    const made = join(bin, 'made')
    writeFileSync(made, bytes)
    const before = readFileSync(target.path)
    contents.takeAway(before, false)
    renameSync(made, target.path)
    contents.wroteFile(bytes)
    return `replaces ${this.#shown(target.path)} (${shortHash(before)} by ${shortHash(bytes)})`
  }

  /** Writes over some of the bytes, as databases do. */
  #patch({ path }: Found): string {
    const { random, contents } = this.#options
    const file = openSync(path, 'r+')
    try {
      const before = readFileSync(file)
      const after = Buffer.from(before)
      const patch = randomFillSync(Buffer.alloc(Math.min(4096, before.length - 1)))
      const at = 1 + random.below(Math.max(1, before.length - patch.length))
      after.set(patch.subarray(0, before.length - at), at)
      writeSync(file, after, at, Math.min(patch.length, before.length - at), at)
      if (!isStillThere(file, path)) return `patches ${this.#shown(path)} too late`
      contents.takeAway(before, false)
      contents.wroteFile(after)
      return `patches ${this.#shown(path)} (${shortHash(before)} to ${shortHash(after)})`
    } finally {
      closeSync(file)
    }
  }

  #makeFolder(folders: readonly Found[]): string {
    const path = join(this.#somewhere(folders), this.#options.random.pick(folderNames))
    mkdirSync(path)
    return `makes the folder ${this.#shown(path)}`
  }

  /** Never over what is there. */
  #move({ path, kind }: Found, folders: readonly Found[]): string {
    const { random } = this.#options
    const names = kind === 'text' ? textNames : fileNames
    const own = `${this.#options.name}-${random.below(1000)}${kind === 'text' ? '.txt' : '.bin'}`
    const to = join(
      random.chance(0.5) ? dirname(path) : this.#somewhere(folders),
      random.chance(0.5) ? own : random.pick(names),
    )
    const between = this.#binPlace()
    renameSync(path, between)
    for (const place of [to, path, join(this.#options.folder, `${basename(between)}-${own}`)])
      if (linked(between, place)) {
        rmSync(between)
        return `moves ${this.#shown(path)} to ${this.#shown(place)}`
      }
    throw new Error(`${path} could be put nowhere; it lies at ${between}`)
  }

  #moveFolder({ path }: Found): string {
    const to = join(dirname(path), `${this.#options.name} ${this.#options.random.below(1000)}`)
    if (statSync(to, { throwIfNoEntry: false })) return 'leaves a folder where it is'
    renameSync(path, to)
    return `moves the folder ${this.#shown(path)} to ${this.#shown(to)}`
  }

  #remove({ path, kind }: Found): string {
    const place = this.#binPlace()
    renameSync(path, place)
    if (kind === 'folder')
      for (const below of listBelow(place)) this.#noteTaken(below.path, below.kind)
    else this.#noteTaken(place, kind)
    return `deletes ${this.#shown(path)}`
  }

  #noteTaken(path: string, kind: Found['kind']): void {
    if (kind === 'folder') return
    const bytes = readFileSync(path)
    this.#options.contents.takeAway(bytes, bytes[0] !== 0)
  }

  #binPlace(): string {
    return join(this.#options.bin, String(++this.#taken))
  }

  #somewhere(folders: readonly Found[]): string {
    const { random, folder } = this.#options
    if (folders.length === 0 || random.chance(0.4)) return folder
    const chosen = random.pick(folders).path
    return relative(folder, chosen).split('/').length > 3 ? folder : chosen
  }

  #bytes(): Buffer {
    const bytes = randomFillSync(Buffer.alloc(200 + this.#options.random.below(100_000)))
    bytes[0] = 0
    return bytes
  }

  #shown(path: string): string {
    return relative(this.#options.folder, path)
  }
}

/** `false`: there is something, or there is no such folder. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (isFromTheClient(error)) return false
    throw error
  }
}

function listBelow(root: string): Found[] {
  const found: Found[] = []
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for (const entry of readdirOf(folder)) {
      const path = join(folder, entry.name)
      if (entry.name === '.cloudsync') continue
      if (entry.isDirectory()) folders.push(path)
      const isText = /\.(?:md|txt)$/.test(entry.name)
      found.push({ path, kind: entry.isDirectory() ? 'folder' : isText ? 'text' : 'file' })
    }
  return found
}

function readdirOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isFromTheClient(error)) return []
    throw error
  }
}

function isFromTheClient(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code !== undefined && ['ENOENT', 'EEXIST', 'ENOTDIR', 'ENOTEMPTY'].includes(code)
}

/** The beginning of what a lost content is called by. */
function shortHash(bytes: Uint8Array): string {
  return hash('sha256', bytes).slice(0, 8)
}
