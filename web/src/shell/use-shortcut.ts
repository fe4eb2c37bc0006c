import { useEffect } from 'react'
import { useLatest } from '../ui/use-latest.ts'

/**
 * Runs `action` on a key pressed anywhere on the page: not while somebody types, and not under an open
 * dialog or menu (WCAG 2.1.4 wants single keys off in fields).
 */
export function useShortcut(key: string, action: () => void, isEnabled = true): void {
  const latest = useLatest(action)
  useEffect(() => {
    if (!isEnabled) return undefined
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.defaultPrevented || isTypingIn(event.target) || isPageCovered()) return
      event.preventDefault()
      latest.current()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [key, isEnabled, latest])
}

export function isTypingIn(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select'))
  )
}

export function isPageCovered(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"]') !== null
}
