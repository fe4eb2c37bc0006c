import * as encoding from 'lib0/encoding'
import type { UpdateStruct } from './read-update.ts'
import type { IdRange } from './update-scan.ts'

/** Parts of one update, by client: structs of a client without a gap, in the order of the clock. */
export class PieceParts {
  readonly structs = new Map<number, UpdateStruct[]>()
  readonly deletes = new Map<number, IdRange[]>()

  get isEmpty(): boolean {
    return this.structs.size === 0 && this.deletes.size === 0
  }

  /** Whether a struct goes on where those of its client end. */
  fits({ client, clock }: UpdateStruct): boolean {
    const last = this.structs.get(client)?.at(-1)
    return !last || last.clock + last.length === clock
  }

  addStruct(struct: UpdateStruct): void {
    addTo(this.structs, struct)
  }

  addDelete(range: IdRange): void {
    addTo(this.deletes, range)
  }

  /** An update of these parts, whose structs are byte for byte those of `source`. */
  encode(source: Uint8Array): Uint8Array {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, this.structs.size)
    for (const [client, run] of this.structs) {
      encoding.writeVarUint(encoder, run.length)
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, run[0]?.clock ?? 0)
      for (const { from, to } of run) encoding.writeUint8Array(encoder, source.subarray(from, to))
    }
    encoding.writeVarUint(encoder, this.deletes.size)
    for (const [client, ranges] of this.deletes) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, ranges.length)
      for (const { clock, length } of ranges) {
        encoding.writeVarUint(encoder, clock)
        encoding.writeVarUint(encoder, length)
      }
    }
    return encoding.toUint8Array(encoder)
  }
}

function addTo<T extends IdRange>(parts: Map<number, T[]>, part: T): void {
  const list = parts.get(part.client)
  if (list) list.push(part)
  else parts.set(part.client, [part])
}
