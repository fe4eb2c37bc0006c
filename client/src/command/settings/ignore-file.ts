import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findFileText } from './private-file.ts'

export const ignoreFileName = '.cloudsyncignore'

/** The file of patterns at the root of a linked folder, which is synced as any other file is. */
export class IgnoreFile {
  readonly path: string

  constructor(linkedFolder: string) {
    this.path = join(linkedFolder, ignoreFileName)
  }

  async read(): Promise<string> {
    return (await findFileText(this.path)) ?? ''
  }

  /** `false`: it is in there already. */
  async add(pattern: string): Promise<boolean> {
    const text = await this.read()
    if (linesOf(text).includes(pattern)) return false
    const separator = text === '' || text.endsWith('\n') ? '' : '\n'
    await this.#write(`${text}${separator}${pattern}\n`)
    return true
  }

  /** `false`: it is not in there. */
  async remove(pattern: string): Promise<boolean> {
    const text = await this.read()
    const kept = text.split('\n').filter((line) => line.trimEnd() !== pattern)
    if (kept.length === text.split('\n').length) return false
    await this.#write(kept.join('\n'))
    return true
  }

  async #write(text: string): Promise<void> {
    const draft = `${this.path}.${randomUUID()}.tmp`
    try {
      await using file = await open(draft, 'wx')
      await file.writeFile(text)
      await file.sync()
      await rename(draft, this.path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trimEnd())
}
