import type { NodeId } from '@cloudsync/protocol'
import { useRef, useState, type DragEvent } from 'react'
import { hasFiles, readDrop, type DroppedEntries } from '../uploads/dropped-entries.ts'
import { draggedNodes, type DraggedNodes } from './dragged-nodes.ts'

export type DropMode = 'move' | 'copy'

export interface NodeDropOptions {
  /** Undefined: nothing can be dropped here. */
  readonly folderId: NodeId | undefined
  readonly mayDrop: (ids: readonly NodeId[], mode: DropMode) => boolean
  readonly onNodes: (nodes: DraggedNodes, mode: DropMode) => void
  readonly onFiles: (entries: DroppedEntries) => void
  /** Something that could be dropped has been held over it for a while. */
  readonly onHold?: () => void
}

const holdMs = 700

/** Makes an element a place where nodes, and files from the desktop, can be dropped into a folder. */
export function useNodeDrop(options: NodeDropOptions) {
  const [isOver, setIsOver] = useState(false)
  // Each element under the pointer is entered and left by itself.
  const depth = useRef(0)
  const hold = useRef<ReturnType<typeof setTimeout>>(undefined)

  function leave() {
    depth.current = 0
    clearTimeout(hold.current)
    setIsOver(false)
  }

  const handlers = {
    onDragEnter: (event: DragEvent) => {
      if (judge(event, options) === undefined) return
      event.preventDefault()
      event.stopPropagation()
      if (depth.current++ > 0) return
      setIsOver(true)
      if (options.onHold) hold.current = setTimeout(options.onHold, holdMs)
    },
    onDragLeave: () => {
      if (depth.current > 0 && --depth.current === 0) leave()
    },
    onDragOver: (event: DragEvent) => {
      const effect = judge(event, options)
      if (effect === undefined) return
      event.preventDefault()
      event.stopPropagation()
      event.dataTransfer.dropEffect = effect
    },
    onDrop: (event: DragEvent) => {
      const effect = judge(event, options)
      leave()
      if (effect === undefined) return
      event.preventDefault()
      event.stopPropagation()
      const nodes = draggedNodes(event.dataTransfer)
      if (nodes) options.onNodes(nodes, effect)
      else options.onFiles(readDrop(event.dataTransfer))
    },
  }
  return { isOver, handlers }
}

/** What a drop here would do; `undefined` when it is none of this element's business. */
function judge(
  { dataTransfer, ctrlKey, altKey }: DragEvent,
  { folderId, mayDrop }: NodeDropOptions,
): DropMode | undefined {
  if (folderId === undefined) return undefined
  const nodes = draggedNodes(dataTransfer)
  if (!nodes) return hasFiles(dataTransfer) ? 'copy' : undefined
  const mode: DropMode = ctrlKey || altKey || !nodes.canMove ? 'copy' : 'move'
  return mayDrop(nodes.ids, mode) ? mode : undefined
}
