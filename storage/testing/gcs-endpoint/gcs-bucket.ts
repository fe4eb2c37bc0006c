import { randomUUID } from 'node:crypto'

export interface BucketObject {
  readonly name: string
  readonly bytes: Buffer
  readonly generation: string
  readonly updated: Date
}

export interface UploadSession {
  readonly name: string
  readonly ifGenerationMatch: string | undefined
  readonly totalBytes: number | undefined
  received: Buffer
}

/** What a bucket holds. */
export class GcsBucket {
  readonly name: string
  readonly endpoint: string
  readonly sessions = new Map<string, UploadSession>()
  readonly #objects = new Map<string, BucketObject>()
  #lastGeneration = BigInt(Date.now()) * 1000n

  constructor(name: string, endpoint: string) {
    this.name = name
    this.endpoint = endpoint
  }

  find(name: string): BucketObject | undefined {
    return this.#objects.get(name)
  }

  /** Whether the precondition holds; a generation of 0 means that there is no object. */
  matches(name: string, ifGenerationMatch: string | null | undefined): boolean {
    return (
      ifGenerationMatch === null ||
      ifGenerationMatch === undefined ||
      (this.find(name)?.generation ?? '0') === ifGenerationMatch
    )
  }

  store(name: string, bytes: Buffer): BucketObject {
    const generation = String(++this.#lastGeneration)
    const object = { name, bytes, generation, updated: new Date() }
    this.#objects.set(name, object)
    return object
  }

  delete(name: string): boolean {
    return this.#objects.delete(name)
  }

  /** In the order of their names, as UTF-8. */
  list(prefix: string): BucketObject[] {
    return [...this.#objects.values()]
      .filter(({ name }) => name.startsWith(prefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  }

  openSession(session: UploadSession): string {
    const id = randomUUID()
    this.sessions.set(id, session)
    return id
  }
}

/** As the JSON API shows it. */
export function resource({ name, bytes, generation, updated }: BucketObject) {
  return {
    kind: 'storage#object',
    name,
    generation,
    size: String(bytes.byteLength),
    updated: updated.toISOString(),
  }
}
