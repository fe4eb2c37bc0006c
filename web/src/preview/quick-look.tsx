import type { Node } from '@cloudsync/protocol'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { FileCard } from './file-card.tsx'
import { ImageView } from './image-view.tsx'
import { imageTypeOf } from './preview-kind.ts'
import { TextPeek } from './text-peek.tsx'
import styles from './quick-look.module.css'

export interface QuickLookProps {
  readonly node: Node
  /** From 1, among `count` rows of the list. */
  readonly position: number
  readonly count: number
  readonly onStep: (step: 1 | -1) => void
  readonly onOpen: () => void
  readonly onClose: () => void
}

/** A look at a file without opening it; the arrows go through the list behind. */
export function QuickLook(props: QuickLookProps) {
  const { node, position, count, onStep, onOpen, onClose } = props

  function onKeyDown(event: KeyboardEvent) {
    const isOnButton = event.target instanceof Element && event.target.closest('button') !== null
    if (event.key === 'ArrowRight' || event.key === 'ArrowDown') onStep(1)
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') onStep(-1)
    else if (event.key === ' ' && !isOnButton) onClose()
    else return
    event.preventDefault()
  }

  return (
    <Dialog title={node.name} width="full" onClose={onClose}>
      <div className={styles.body} onKeyDown={onKeyDown}>
        <Content key={node.id} node={node} />
        <footer className={styles.footer}>
          <IconButton label="Previous" disabled={position <= 1} onClick={() => onStep(-1)}>
            <ChevronLeft size={16} aria-hidden />
          </IconButton>
          <span className={styles.position} role="status">
            {position} of {count}
          </span>
          <IconButton label="Next" disabled={position >= count} onClick={() => onStep(1)}>
            <ChevronRight size={16} aria-hidden />
          </IconButton>
          <Button variant="primary" className={styles.open} onClick={onOpen} autoFocus>
            Open
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}

function Content({ node }: { readonly node: Node }) {
  const imageType = imageTypeOf(node)
  if (imageType !== undefined) return <ImageView node={node} mediaType={imageType} />
  if (node.kind === 'text') return <TextPeek node={node} />
  return <FileCard node={node} />
}
