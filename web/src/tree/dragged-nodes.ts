import type { NodeId, SpaceId } from '@cloudsync/protocol'

/** What is being dragged within the page. A drop may read its data, a drag over something may not. */
export interface DraggedNodes {
  readonly spaceId: SpaceId
  readonly ids: readonly NodeId[]
  /** Otherwise they can only be copied. */
  readonly canMove: boolean
}

const mediaType = 'application/x-cloudsync-nodes'
let dragged: DraggedNodes | undefined

export function startDragging(transfer: DataTransfer, nodes: DraggedNodes, label: string): void {
  dragged = nodes
  transfer.effectAllowed = 'copyMove'
  transfer.setData(mediaType, JSON.stringify(nodes.ids))
  const badge = document.createElement('div')
  badge.className = 'drag-badge'
  badge.textContent = label
  document.body.append(badge)
  transfer.setDragImage(badge, -12, 12)
  // The browser takes its picture of the badge after this event.
  setTimeout(() => badge.remove())
}

export function endDragging(): void {
  dragged = undefined
}

/** What is dragged over an element, when it is something of ours. */
export function draggedNodes(transfer: DataTransfer): DraggedNodes | undefined {
  return transfer.types.includes(mediaType) ? dragged : undefined
}
