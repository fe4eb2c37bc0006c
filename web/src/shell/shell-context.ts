import { createContext, use } from 'react'

export interface ShellControls {
  readonly openSidebar: () => void
}

export const ShellContext = createContext<ShellControls | undefined>(undefined)

export function useShell(): ShellControls {
  const shell = use(ShellContext)
  if (!shell) throw new Error('There is no shell around this component')
  return shell
}
