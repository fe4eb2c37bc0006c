import type { ReactNode } from 'react'

/** What a menu holds. Toolbars and menus are made from the same items. */
export type MenuItem =
  | {
      readonly kind: 'action'
      readonly label: string
      readonly icon?: ReactNode
      /** As shown to the person, such as `F2`. */
      readonly shortcut?: string
      readonly isDangerous?: boolean
      readonly onSelect: () => void
    }
  | {
      readonly kind: 'choice'
      readonly label: string
      readonly value: string
      readonly options: readonly { readonly value: string; readonly label: string }[]
      readonly onChange: (value: string) => void
    }
  | { readonly kind: 'heading'; readonly title: string; readonly subtitle: string }
  | { readonly kind: 'separator' }

/** Where a menu opens: beside a control, or at the pointer. In pixels of the viewport. */
export interface MenuAnchor {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export function anchorOf(element: Element): MenuAnchor {
  const { x, y, width, height } = element.getBoundingClientRect()
  return { x, y, width, height }
}
