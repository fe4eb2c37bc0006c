import { useLayoutEffect } from 'react'
import { isPageCovered, isTypingIn } from '../shell/use-shortcut.ts'
import { useLatest } from '../ui/use-latest.ts'
import { findAction } from './file-actions.ts'
import type { FileCommands } from './file-commands.ts'

/**
 * The keys of the actions work wherever the focus is, but not while somebody types or is asked something. They
 * come a moment after the list, which can be looked at without them, and work as soon as its buttons are in sight.
 */
export function ActionKeys({ commands }: { readonly commands: FileCommands }) {
  const latest = useLatest(commands)
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTypingIn(event.target) || isPageCovered()) return
      // Enter and Space on a control are that control's.
      const isOnControl =
        event.target instanceof Element && event.target.closest('a, button') !== null
      if (isOnControl && (event.key === 'Enter' || event.key === ' ')) return
      // Words that somebody has marked on the page are what Ctrl+C means.
      if (event.key.toLowerCase() === 'c' && getSelection()?.isCollapsed === false) return
      const action = findAction(event, latest.current)
      if (!action) return
      event.preventDefault()
      action.run(latest.current)
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [latest])
  return null
}
