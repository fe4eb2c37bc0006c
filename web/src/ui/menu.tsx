import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useEffect, useRef, useState } from 'react'
import type { MenuAnchor, MenuItem } from './menu-items.ts'
import styles from './menu.module.css'
import { showHidden } from './show-hidden.ts'

export interface MenuProps {
  readonly label: string
  readonly anchor: MenuAnchor
  readonly align?: 'start' | 'end'
  readonly side?: 'top' | 'bottom'
  readonly items: readonly MenuItem[]
  /** Called when it has closed; the caller moves focus back to where it belongs. */
  readonly onClose: () => void
}

/** An open menu. Its code is loaded apart from the page (`open-menu.ts`). */
export function Menu({
  label,
  anchor,
  align = 'start',
  side = 'bottom',
  items,
  onClose,
}: MenuProps) {
  const content = useFirstItemFocus()
  return (
    // Not modal: hiding the page from screen readers would hide the control that the menu belongs to.
    <DropdownMenu.Root open modal={false} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <DropdownMenu.Trigger asChild>
        <span
          className={styles.anchor}
          style={{ left: anchor.x, top: anchor.y, width: anchor.width, height: anchor.height }}
          aria-hidden
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.querySelector<HTMLElement>('#main')}>
        <DropdownMenu.Content
          ref={content}
          className={styles.menu}
          aria-label={label}
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          {items.map((item, index) => (
            <Item key={index} item={item} />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/**
 * A menu that was opened with the keyboard begins at its first item. Radix would know, had it been on
 * the page when the key was pressed.
 */
function useFirstItemFocus() {
  const content = useRef<HTMLDivElement>(null)
  const [isByKeyboard] = useState(() => document.activeElement?.matches(':focus-visible') === true)
  useEffect(() => {
    if (!isByKeyboard) return undefined
    const frame = requestAnimationFrame(() =>
      content.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus(),
    )
    return () => cancelAnimationFrame(frame)
  }, [isByKeyboard])
  return content
}

function Item({ item }: { readonly item: MenuItem }) {
  switch (item.kind) {
    case 'separator':
      return <DropdownMenu.Separator className={styles.separator} />
    case 'heading':
      return (
        <DropdownMenu.Label className={styles.heading}>
          <strong>{item.title}</strong>
          <span>{item.subtitle}</span>
        </DropdownMenu.Label>
      )
    case 'action':
      return (
        <DropdownMenu.Item
          className={styles.item}
          data-danger={item.isDangerous === true || undefined}
          onSelect={item.onSelect}
        >
          <span className={styles.icon}>{item.icon}</span>
          {showHidden(item.label)}
          {item.shortcut !== undefined && <kbd className={styles.shortcut}>{item.shortcut}</kbd>}
        </DropdownMenu.Item>
      )
    case 'choice':
      return (
        <DropdownMenu.RadioGroup
          aria-label={item.label}
          value={item.value}
          onValueChange={item.onChange}
        >
          <DropdownMenu.Label className={styles.label}>{item.label}</DropdownMenu.Label>
          {item.options.map((option) => (
            <DropdownMenu.RadioItem
              key={option.value}
              value={option.value}
              className={styles.item}
              onSelect={(event) => event.preventDefault()}
            >
              <span className={styles.icon}>
                <DropdownMenu.ItemIndicator>
                  <Check size={14} aria-hidden />
                </DropdownMenu.ItemIndicator>
              </span>
              {option.label}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      )
  }
}
