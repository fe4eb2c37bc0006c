import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from './button.tsx'
import styles from './dialog.module.css'
import { showHidden } from './show-hidden.ts'

export interface DialogProps {
  readonly title: string
  /** Read out with the title; stands under it unless `children` say it better. */
  readonly description?: string | undefined
  readonly onClose: () => void
  readonly width?: 'narrow' | 'wide' | 'full'
  readonly children: ReactNode
}

/** A modal dialog. Mounting it opens it; focus goes back to where it came from. */
export function Dialog({ title, description, onClose, width = 'narrow', children }: DialogProps) {
  return (
    <Radix.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={styles.scrim} />
        <Radix.Content
          className={styles.dialog}
          data-width={width}
          onEscapeKeyDown={(event) => {
            // It closes the list of the field that it was pressed in.
            if (matches(event.target, "[role='combobox'][aria-expanded='true']"))
              event.preventDefault()
          }}
          onInteractOutside={(event) => {
            // What was done in it can be taken back without leaving it. The toast may be gone by now.
            if (matches(event.target, '[data-toast] *')) event.preventDefault()
          }}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <header className={styles.header}>
            <Radix.Title className={styles.title}>{showHidden(title)}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label="Close">
                <X size={16} aria-hidden />
              </IconButton>
            </Radix.Close>
          </header>
          {description !== undefined && (
            <Radix.Description className={styles.description}>
              {showHidden(description)}
            </Radix.Description>
          )}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function matches(target: EventTarget | null, selector: string): boolean {
  return target instanceof Element && target.matches(selector)
}

/** The buttons at the foot of a dialog, the main one last. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>
}
