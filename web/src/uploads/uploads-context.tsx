import type { NodeId } from '@cloudsync/protocol'
import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { useMe, useServices } from '../app/services.tsx'
import type { SpaceTree } from '../tree/space-tree.ts'
import { useTrees } from '../tree/tree-context.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { toasts } from '../ui/toast-list.ts'
import type { DroppedEntries } from './dropped-entries.ts'
import { listKeptUploadKeys } from './kept-upload-keys.ts'
import type { Uploads } from './uploads.ts'

const ShownUploads = lazyPart(async () => (await import('./shown-uploads.tsx')).ShownUploads)

/** Begins to upload what was dropped or picked into a folder. */
type Upload = (tree: SpaceTree, folderId: NodeId, entries: DroppedEntries) => void

const UploadContext = createContext<Upload | undefined>(undefined)

export function useUpload(): Upload {
  const upload = use(UploadContext)
  if (!upload) throw new Error('There are no uploads around this component')
  return upload
}

/** Uploads outlive the page that they were begun on. Their code is fetched with the first of them, or when one was broken off. */
export function UploadsProvider({ children }: { readonly children: ReactNode }) {
  const { api } = useServices()
  const me = useMe()
  const trees = useTrees()
  const [uploads, setUploads] = useState<Uploads>()
  const loading = useRef<Promise<Uploads>>(undefined)
  const { open, upload } = useMemo(() => {
    async function load(): Promise<Uploads> {
      ShownUploads.preload()
      const module = await import('./uploads.ts')
      const opened = new module.Uploads({ api, me, trees })
      setUploads(opened)
      void opened.interrupted.load()
      return opened
    }
    const openOnce = () => (loading.current ??= load())
    async function add(...[tree, folderId, entries]: Parameters<Upload>): Promise<void> {
      try {
        await (await openOnce()).add(tree, folderId, entries)
      } catch (error) {
        toasts.show(`Nothing was uploaded. ${errorLine(error)}`, { tone: 'error' })
      }
    }
    const start: Upload = (...args) => void add(...args)
    return { open: openOnce, upload: start }
  }, [api, me, trees])
  useEffect(() => {
    // What an earlier page has not brought to its end is shown at once.
    if (listKeptUploadKeys(me.id).length > 0) void open()
  }, [me.id, open])
  return (
    <UploadContext value={upload}>
      {children}
      {uploads && <ShownUploads uploads={uploads} />}
    </UploadContext>
  )
}
