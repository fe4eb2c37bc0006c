import type { Node } from '@cloudsync/protocol'
import { createContext, use } from 'react'
import type { LiveText, LiveTextSnapshot } from '../live/live-text.ts'

/** The file that the page is on, for what lies within. */
export interface OpenFile {
  readonly node: Node
  readonly live: LiveText | undefined
  readonly snapshot: LiveTextSnapshot
}

export const FileContext = createContext<OpenFile | undefined>(undefined)

export function useOpenFile(): OpenFile {
  const file = use(FileContext)
  if (!file) throw new Error('There is no file around this component')
  return file
}
