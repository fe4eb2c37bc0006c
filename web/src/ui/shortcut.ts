/** A key with its modifiers: `F2`, `Mod+C`, `Alt+ArrowUp`. `Mod` is Ctrl, or ⌘ on a Mac. */
export type Shortcut = string

export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/** Whether exactly these keys were pressed. */
export function matchesShortcut(event: KeyPress, shortcut: Shortcut): boolean {
  const parts = shortcut.split('+')
  const key = parts.at(-1) ?? ''
  const modifiers = new Set(parts.slice(0, -1))
  const isLetter = key.length === 1
  return (
    (isLetter ? event.key.toLowerCase() === key.toLowerCase() : event.key === key) &&
    (event.ctrlKey || event.metaKey) === modifiers.has('Mod') &&
    event.altKey === modifiers.has('Alt') &&
    event.shiftKey === modifiers.has('Shift')
  )
}

const names: Readonly<Record<string, string>> = {
  Delete: 'Del',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Backspace: '⌫',
}

/** As it is written on keys. */
function shortcutKeys(shortcut: Shortcut, isMac: boolean): readonly string[] {
  return shortcut.split('+').map((part) => {
    if (part === 'Mod') return isMac ? '⌘' : 'Ctrl'
    return names[part] ?? (part.length === 1 ? part.toUpperCase() : part)
  })
}

/** In one word, for a menu. */
export function formatShortcut(shortcut: Shortcut, isMac: boolean): string {
  return shortcutKeys(shortcut, isMac).join(isMac ? '' : '+')
}
