import { useRef, useState, type ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { anchorOf, type MenuAnchor, type MenuItem } from './menu-items.ts'
import { OpenMenu, preloadMenu } from './open-menu.ts'

export interface MenuButtonProps {
  readonly id?: string
  readonly label: string
  readonly items: () => readonly MenuItem[]
  readonly align?: 'start' | 'end'
  readonly side?: 'top' | 'bottom'
  readonly className?: string | undefined
  /** Shown instead of an icon button of its own. */
  readonly children: ReactNode
  readonly look?: 'icon' | 'plain'
}

/** A button that opens a menu. */
export function MenuButton({
  id,
  label,
  items,
  align,
  side,
  className,
  children,
  look = 'icon',
}: MenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [anchor, setAnchor] = useState<MenuAnchor>()
  const shared = {
    ref: button,
    id,
    className,
    'aria-haspopup': 'menu',
    'aria-expanded': anchor !== undefined,
    onPointerEnter: preloadMenu,
    onFocus: preloadMenu,
    onClick: () => button.current && setAnchor(anchorOf(button.current)),
  } as const
  return (
    <>
      {look === 'icon' ? (
        <IconButton {...shared} label={label}>
          {children}
        </IconButton>
      ) : (
        <button {...shared} type="button" aria-label={label}>
          {children}
        </button>
      )}
      {anchor && (
        <OpenMenu
          label={label}
          anchor={anchor}
          items={items()}
          {...(align ? { align } : {})}
          {...(side ? { side } : {})}
          onClose={() => {
            setAnchor(undefined)
            // What was chosen may have put the focus somewhere already: into a name, say.
            if (isFocusInMenu()) button.current?.focus()
          }}
        />
      )}
    </>
  )
}

function isFocusInMenu(): boolean {
  const active = document.activeElement
  return active === null || active === document.body || active.closest('[role="menu"]') !== null
}
