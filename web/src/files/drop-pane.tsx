import { useRef, useState, type DragEvent, type ReactNode } from 'react'
import { hasFiles, readDrop, type DroppedEntries } from '../uploads/dropped-entries.ts'
import { lazyPart } from '../ui/lazy-part.tsx'
import styles from './file-list.module.css'

const DropHint = lazyPart(async () => (await import('./drop-hint.tsx')).DropHint)

export interface DropPaneProps {
  readonly isEnabled: boolean
  /** Where the files go, as a person calls it. */
  readonly target: string
  readonly onDrop: (dropped: DroppedEntries) => void
  readonly children: ReactNode
}

/** The whole pane takes files from the desktop. */
export function DropPane({ isEnabled, target, onDrop, children }: DropPaneProps) {
  const [isOver, setIsOver] = useState(false)
  // Each element under the pointer is entered and left by itself.
  const depth = useRef(0)

  function move(event: DragEvent, change: 1 | -1) {
    if (!hasFiles(event.dataTransfer)) return
    event.preventDefault()
    depth.current = Math.max(0, depth.current + change)
    setIsOver(depth.current > 0)
  }

  return (
    <div
      className={styles.pane}
      onDragEnter={(event) => move(event, 1)}
      onDragLeave={(event) => move(event, -1)}
      onDragOver={(event) => {
        if (!hasFiles(event.dataTransfer)) return
        // Without it the browser would leave the page for the file.
        event.preventDefault()
        event.dataTransfer.dropEffect = isEnabled ? 'copy' : 'none'
      }}
      onDrop={(event) => {
        event.preventDefault()
        depth.current = 0
        setIsOver(false)
        if (isEnabled) onDrop(readDrop(event.dataTransfer))
      }}
    >
      {children}
      {isOver && <DropHint target={isEnabled ? target : undefined} />}
    </div>
  )
}
