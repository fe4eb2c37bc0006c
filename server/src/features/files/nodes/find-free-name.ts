import { derivedNames, nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { NodeReader } from './node-reader.ts'

/** Names that are looked up at once; each further look takes more of them. */
const firstLook = 20

/** `name`, or the first of the names derived from it that no live child of the folder has. */
export async function findFreeName(
  nodes: NodeReader,
  parentId: NodeId,
  name: string,
): Promise<string> {
  const derived = derivedNames(name)
  let candidates = [name]
  for (let count = firstLook; ; count *= 4) {
    const taken = await nodes.listTakenKeys(parentId, candidates.map(nameKey))
    const free = candidates.find((candidate) => !taken.has(nameKey(candidate)))
    if (free !== undefined) return free
    candidates = Array.from({ length: count }, () => derived.next().value)
  }
}
