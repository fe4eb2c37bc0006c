import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeIdSchema, spaceIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { CommandError } from '../command-error.ts'
import { FileLock } from './file-lock.ts'
import { linksDirOf, type Places } from './places.ts'
import { findFileText, removePrivateFile, writePrivateFile } from './private-file.ts'

/** A folder of the server that is not kept here; its path is where it was when that was said. */
const excludedFolderSchema = z.object({ id: nodeIdSchema, path: z.string() })

const linkSchema = z.object({
  version: z.literal(1),
  id: z.uuid(),
  /** Of the folder on this machine. */
  path: z.string(),
  server: z.url(),
  spaceId: spaceIdSchema,
  /** The folder on the server: the root of the space, or one below it. */
  folderId: nodeIdSchema,
  isWholeSpace: z.boolean(),
  /** `Space` or `Space/folder`, as it was called when it was linked. */
  title: z.string(),
  createdAt: z.iso.datetime(),
  isPaused: z.boolean(),
  excluded: z.array(excludedFolderSchema),
  /** `null`: as fast as it goes. */
  uploadBytesPerSecond: z.int().positive().nullable(),
  downloadBytesPerSecond: z.int().positive().nullable(),
})
export type Link = z.infer<typeof linkSchema>
export type ExcludedFolder = z.infer<typeof excludedFolderSchema>
/** What may be decided anew. */
export type LinkSettings = Pick<
  Link,
  'isPaused' | 'excluded' | 'uploadBytesPerSecond' | 'downloadBytesPerSecond'
>

const ending = '.json'
const lockWaitMs = 5000

/** The links of this person on this machine: a file for each. */
export class Links {
  readonly #folder: string

  constructor(places: Places) {
    this.#folder = linksDirOf(places)
  }

  /** The oldest first. */
  async list(): Promise<readonly Link[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    const ids = names.filter((name) => name.endsWith(ending) && !name.startsWith('.'))
    const links = await Promise.all(ids.map((name) => this.find(name.slice(0, -ending.length))))
    return links
      .filter((link) => link !== undefined)
      .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
  }

  async find(id: string): Promise<Link | undefined> {
    const path = this.#pathOf(id)
    const text = await findFileText(path)
    return text === undefined ? undefined : parseLink(text, path)
  }

  async add(link: Link): Promise<void> {
    await writePrivateFile(this.#pathOf(link.id), toText(link))
  }

  /** Changes the settings of a link that is still there, one change after the other. */
  async change(id: string, change: (link: Link) => Partial<LinkSettings>): Promise<Link> {
    using lock = await FileLock.acquire(join(this.#folder, '.lock'), lockWaitMs)
    if (!lock) throw new CommandError('Another command is changing the links; try again')
    const link = await this.find(id)
    if (!link) throw new CommandError('The link is no longer there')
    const changed = { ...link, ...change(link) }
    await this.add(changed)
    return changed
  }

  async remove(id: string): Promise<void> {
    await removePrivateFile(this.#pathOf(id))
  }

  #pathOf(id: string): string {
    return join(this.#folder, id + ending)
  }
}

function parseLink(text: string, path: string): Link {
  try {
    return linkSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new CommandError(
      `${path} cannot be read as a link; mend it, or remove it and link again`,
      undefined,
      { cause },
    )
  }
}

function toText(link: Link): string {
  return `${JSON.stringify(link, undefined, 2)}\n`
}
