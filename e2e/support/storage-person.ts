import { randomUUID } from 'node:crypto'
import type { TestCaller } from '@cloudsync/server/testing'
import { deltaMediaType, deltaOf } from '@cloudsync/storage/testing/delta-of'
import type { ContentSource } from './content-source.ts'
import { BrokenOffError, StoredFile, type FileState } from './stored-file.ts'

export interface StoragePersonOptions {
  readonly folderId: string
  readonly source: ContentSource
  readonly random: () => number
}

/** More than this are not kept: others make room for new ones. */
const maxLive = 10
const maxBatch = 12

/** What a server may answer when it cannot at the moment, beside success. */
const passing = new Set([503, 507])

type Step = 'create' | 'batch' | 'replace' | 'patch' | 'read' | 'trash' | 'restore' | 'purge'

/** The chances of the steps, and what must be there for each. */
const steps: readonly { readonly step: Step; readonly share: number; readonly on?: FileState }[] = [
  { step: 'create', share: 0.22 },
  { step: 'batch', share: 0.08 },
  { step: 'replace', share: 0.16, on: 'live' },
  { step: 'patch', share: 0.1, on: 'live' },
  { step: 'read', share: 0.14, on: 'live' },
  { step: 'trash', share: 0.12, on: 'live' },
  { step: 'restore', share: 0.04, on: 'trashed' },
  { step: 'purge', share: 0.14, on: 'trashed' },
]

/** Somebody who does all that can be done with files, one after the other, and remembers the answers. */
export class StoragePerson {
  readonly files: StoredFile[] = []
  readonly counts = new Map<Step, number>()
  /** Answers that a server should not give. */
  readonly unexpected: string[] = []
  /** What a server has broken off that was still there. */
  readonly cutByLiving: string[] = []
  readonly #options: StoragePersonOptions

  constructor(options: StoragePersonOptions) {
    this.#options = options
  }

  /** Resolves when the server is gone. */
  async actUntilGone(caller: TestCaller): Promise<void> {
    for (;;)
      try {
        await this.#act(caller)
      } catch (error) {
        // A request that is cut off has no answer, and nobody knows its outcome.
        if (!(error instanceof TypeError)) throw error
        if (!(await isThere(caller.url))) return
        if (error instanceof BrokenOffError) this.cutByLiving.push(error.message)
      }
  }

  /** Forgets what is gone for good. */
  tidy(): void {
    const kept = this.files.filter(({ state }) => state !== 'none' && state !== 'purged')
    this.files.splice(0, this.files.length, ...kept)
  }

  async #act(caller: TestCaller): Promise<void> {
    const step = this.#pickStep()
    const status = await this.#do(step, caller)
    if (status === undefined) return
    if (status >= 300 && !passing.has(status)) this.unexpected.push(`${step}: ${status}`)
    if (status < 300) this.counts.set(step, (this.counts.get(step) ?? 0) + 1)
  }

  #pickStep(): Step {
    let random = this.#options.random()
    if (this.#in('live').length > maxLive) return random < 0.4 ? 'trash' : 'purge'
    return steps.find(({ share }) => (random -= share) < 0)?.step ?? 'create'
  }

  #in(state: FileState): readonly StoredFile[] {
    return this.files.filter((file) => file.state === state)
  }

  /** The status of the answer; `undefined` when there is nothing to do it with. */
  async #do(step: Step, caller: TestCaller): Promise<number | undefined> {
    if (step === 'create') return this.#create(caller)
    if (step === 'batch') return this.#createMany(caller)
    const { source } = this.#options
    const file = this.#pick(steps.find((one) => one.step === step)?.on ?? 'live')
    if (!file) return undefined
    const path = `/nodes/${file.id}`
    switch (step) {
      case 'replace': {
        const bytes = source.next()
        return file.change({ bytes }, () => caller.send('PUT', `${path}/content`, { body: bytes }))
      }
      case 'patch':
        return this.#patch(caller, file)
      case 'read':
        await file.check(caller)
        return 200
      case 'trash':
        return file.change({ state: 'trashed' }, () => caller.send('DELETE', path))
      case 'restore':
        return file.change({ state: 'live' }, () => caller.send('POST', `${path}/restore`))
      case 'purge':
        return file.change({ state: 'purged' }, () => caller.send('DELETE', `/trash/${file.id}`))
    }
  }

  #pick(state: FileState): StoredFile | undefined {
    const files = this.#in(state)
    return files[Math.floor(this.#options.random() * files.length)]
  }

  #create(caller: TestCaller): Promise<number> {
    const { folderId: parentId, source } = this.#options
    const bytes = source.next()
    const file = this.#newFile()
    return file.change({ state: 'live', bytes }, () =>
      caller.upload({ parentId, name: file.id, id: file.id }, bytes),
    )
  }

  async #createMany(caller: TestCaller): Promise<number> {
    const { folderId: parentId, source, random } = this.#options
    const count = 1 + Math.floor(random() * maxBatch)
    const sent = Array.from({ length: count }, () => ({
      file: this.#newFile(),
      bytes: source.small(),
    }))
    const form = new FormData()
    const list = sent.map(({ file: { id } }) => ({ parentId, name: id, id }))
    form.set('files', JSON.stringify(list))
    for (const { bytes } of sent) form.append('file', new Blob([bytes]))
    const answered = caller.send('POST', '/nodes/files', { body: form })
    const answers = sent.map(({ file, bytes }, index) =>
      file.change({ state: 'live', bytes }, async () => resultOf(await answered, index)),
    )
    return Math.max(...(await Promise.all(answers)))
  }

  async #patch(caller: TestCaller, file: StoredFile): Promise<number | undefined> {
    const base = file.bytes
    if (!base) return undefined
    const bytes = this.#options.source.edited(base)
    const body = await deltaOf(base, bytes)
    const headers = { 'content-type': deltaMediaType }
    return file.change({ bytes }, () =>
      caller.send('PATCH', `/nodes/${file.id}/content`, { body, headers }),
    )
  }

  #newFile(): StoredFile {
    const file = new StoredFile(randomUUID())
    this.files.push(file)
    return file
  }
}

async function isThere(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/healthz`)
    return true
  } catch {
    return false
  }
}

/** As if each file of a batch had been sent alone. */
async function resultOf(answer: Response, index: number): Promise<Response> {
  if (!answer.ok) return new Response(null, { status: answer.status })
  const { results } = (await answer.clone().json()) as {
    results: { ok: boolean; problem?: { status: number } }[]
  }
  const result = results[index]
  return new Response(null, { status: result?.ok ? 200 : (result?.problem?.status ?? 500) })
}
