import type { NodeId } from '@cloudsync/protocol'
import { IgnoreRules, ignoreFileName } from '../ignore/ignore-rules.ts'
import type { DiskItem, DiskPath } from '../ports.ts'
import type { KnownNodes } from './known-nodes.ts'
import type { ScanInput } from './scan.ts'

/** More of a `.cloudsyncignore` is not read. */
const maxIgnoreBytes = 1024 * 1024

interface Listed {
  readonly id: NodeId
  readonly path: DiskPath
  /** Of the folders above. */
  readonly rules: IgnoreRules
}

/** What is left alone in each folder, by the files of rules in it and above it. */
export class FolderRules {
  readonly #input: Pick<ScanInput, 'disk'>
  readonly #nodes: KnownNodes

  constructor(input: Pick<ScanInput, 'disk'>, nodes: KnownNodes) {
    this.#input = input
    this.#nodes = nodes
  }

  /** Those that hold in a folder by all that lies above it. Throws `DiskError`. */
  async above(path: DiskPath): Promise<IgnoreRules> {
    let rules = IgnoreRules.builtIn
    for (let depth = 0; depth < path.length; depth++) {
      const folder = path.slice(0, depth)
      const item = await this.#input.disk.look([...folder, ignoreFileName])
      if (item?.kind === 'file') rules = await this.#read(rules, folder, item)
    }
    return rules
  }

  /** Those that hold in a folder of which these are the items; `areNew`: others than when it was last looked at. Throws `DiskError`. */
  async within(
    { id, path, rules }: Listed,
    items: readonly DiskItem[],
  ): Promise<{ readonly rules: IgnoreRules; readonly areNew: boolean }> {
    const file = items.find(({ name, kind }) => name === ignoreFileName && kind === 'file')
    const own = file ? await this.#read(rules, path, file) : rules
    return { rules: own, areNew: this.#areNew(id, file) }
  }

  #areNew(folder: NodeId, file: DiskItem | undefined): boolean {
    const known = this.#nodes.atPlace(folder, ignoreFileName)
    if (known?.kind !== 'file' || !file) return known?.kind === 'file' || file !== undefined
    const { fingerprint } = this.#nodes.get(known.id) ?? {}
    return !fingerprint || fingerprint.changedNs !== file.fingerprint.changedNs
  }

  async #read(above: IgnoreRules, folder: DiskPath, file: DiskItem): Promise<IgnoreRules> {
    const parts: Uint8Array[] = []
    let sizeBytes = 0
    const path = [...folder, ignoreFileName]
    for await (const part of this.#input.disk.read(path, file.fingerprint)) {
      parts.push(part)
      sizeBytes += part.length
      if (sizeBytes > maxIgnoreBytes) break
    }
    const text = Buffer.concat(parts).subarray(0, maxIgnoreBytes).toString('utf8')
    return above.within(folder, text)
  }
}
