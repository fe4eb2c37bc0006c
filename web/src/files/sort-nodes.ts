import type { Node } from '@cloudsync/protocol'

export const sortKeys = ['name', 'modified', 'by', 'size'] as const
export type SortKey = (typeof sortKeys)[number]

/** As it stands in the address, so that a link shows the same order; the default is left out. */
export interface SortOrder {
  readonly sort?: SortKey
  readonly dir?: 'desc'
}

export function readSort(search: Readonly<Record<string, unknown>>): SortOrder {
  const sort = sortKeys.find((key) => key === search['sort'])
  return {
    ...(sort !== undefined && sort !== 'name' ? { sort } : {}),
    ...(search['dir'] === 'desc' ? { dir: 'desc' } : {}),
  }
}

/** What a click on a column's head makes of the order. Times and sizes begin with the largest. */
export function toggleSort(order: SortOrder, key: SortKey): SortOrder {
  const current = order.sort ?? 'name'
  const isDescending = order.dir === 'desc'
  const startsDescending = key === 'modified' || key === 'size'
  const descending = current === key ? !isDescending : startsDescending
  return readSort({ sort: key, dir: descending ? 'desc' : undefined })
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Folders first, then by the order; equal entries by name, and by id, so that rows never jump. */
export function compareNodes(order: SortOrder): (a: Node, b: Node) => number {
  const key = order.sort ?? 'name'
  const sign = order.dir === 'desc' ? -1 : 1
  return (a, b) =>
    Number(b.kind === 'folder') - Number(a.kind === 'folder') ||
    sign * compareBy(key, a, b) ||
    collator.compare(a.name, b.name) ||
    compareText(a.name, b.name) ||
    compareText(a.id, b.id)
}

function compareBy(key: SortKey, a: Node, b: Node): number {
  switch (key) {
    case 'name':
      return collator.compare(a.name, b.name)
    case 'modified':
      return compareText(a.updatedAt, b.updatedAt)
    case 'by':
      return collator.compare(a.updatedBy?.name ?? '', b.updatedBy?.name ?? '')
    case 'size':
      return (a.sizeBytes ?? -1) - (b.sizeBytes ?? -1)
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function sortNodes(nodes: readonly Node[], order: SortOrder): readonly Node[] {
  return nodes.toSorted(compareNodes(order))
}
