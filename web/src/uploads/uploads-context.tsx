import type { NodeId } from '@cloudsync/protocol'
import {
  createContext,
  use,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { errorLine } from '../api/describe-error.ts'
import { useMe, useServices } from '../app/services.tsx'
import type { SpaceTree } from '../tree/space-tree.ts'
import { useTrees } from '../tree/tree-context.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { toasts } from '../ui/toast-list.ts'
import type { DroppedEntries } from './dropped-entries.ts'
import type { Uploads } from './uploads.ts'

const UploadPanel = lazyPart(async () => (await import('./upload-panel.tsx')).UploadPanel)

/** Begins to upload what was dropped or picked into a folder. */
type Upload = (tree: SpaceTree, folderId: NodeId, entries: DroppedEntries) => void

const UploadContext = createContext<Upload | undefined>(undefined)

export function useUpload(): Upload {
  const upload = use(UploadContext)
  if (!upload) throw new Error('There are no uploads around this component')
  return upload
}

/** Uploads outlive the page that they were begun on. Their code is fetched with the first of them. */
export function UploadsProvider({ children }: { readonly children: ReactNode }) {
  const { api } = useServices()
  const me = useMe()
  const trees = useTrees()
  const [uploads, setUploads] = useState<Uploads>()
  const loading = useRef<Promise<Uploads>>(undefined)
  const upload = useMemo<Upload>(() => {
    async function open(): Promise<Uploads> {
      const module = await import('./uploads.ts')
      const opened = new module.Uploads({ api, me, trees })
      setUploads(opened)
      return opened
    }
    async function add(...[tree, folderId, entries]: Parameters<Upload>): Promise<void> {
      try {
        loading.current ??= open()
        await (await loading.current).add(tree, folderId, entries)
      } catch (error) {
        toasts.show(`Nothing was uploaded. ${errorLine(error)}`, { tone: 'error' })
      }
    }
    return (...args) => void add(...args)
  }, [api, me, trees])
  return (
    <UploadContext value={upload}>
      {children}
      {uploads && <ShownUploads uploads={uploads} />}
    </UploadContext>
  )
}

function ShownUploads({ uploads }: { readonly uploads: Uploads }) {
  const { queue } = uploads
  const isEmpty = useSyncExternalStore(queue.subscribe, () => queue.uploads.length === 0)
  useEffect(() => () => queue.clear(), [queue])
  useEffect(() => {
    // Leaving the page would end what is under way: the browser asks first.
    const warn = (event: BeforeUnloadEvent) => {
      if (queue.isBusy) event.preventDefault()
    }
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [queue])
  if (isEmpty) return null
  return <UploadPanel uploads={uploads} />
}
