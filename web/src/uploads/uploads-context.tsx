import { freeName, nameKey } from '@cloudsync/crdt'
import { useQueryClient } from '@tanstack/react-query'
import type { Node, NodeId } from '@cloudsync/protocol'
import {
  createContext,
  lazy,
  Suspense,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { useServices } from '../app/services.tsx'
import { childrenQuery, putListedNode } from '../files/children-query.ts'
import { createNodeId } from '../files/node-id.ts'
import { toasts } from '../ui/toast-list.ts'
import type { DroppedFiles } from './dropped-files.ts'
import { createSendUpload } from './send-upload.ts'
import { UploadQueue, type Upload } from './upload-queue.ts'

const UploadPanel = lazy(async () => ({
  default: (await import('./upload-panel.tsx')).UploadPanel,
}))

export interface Uploads {
  add(parentId: NodeId, dropped: DroppedFiles | { files: DroppedFiles['files']; folders: [] }): void
}

const UploadsContext = createContext<Uploads | undefined>(undefined)

export function useUploads(): Uploads {
  const uploads = use(UploadsContext)
  if (!uploads) throw new Error('There are no uploads around this component')
  return uploads
}

/** No text may be larger; the server's own limit is usually lower and has the last word. */
const maxBytes = 20 * 1024 * 1024

/** Uploads outlive the page that they were begun on. */
export function UploadsProvider({ children }: { readonly children: ReactNode }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [queue] = useState(
    () =>
      new UploadQueue({
        send: createSendUpload(api),
        createId: () => createNodeId(Date.now()),
        maxBytes,
        onUploaded: (node) => void putListedNode(queryClient, node),
      }),
  )
  useEffect(() => () => queue.clear(), [queue])
  const isEmpty = useSyncExternalStore(queue.subscribe, () => queue.uploads.length === 0)
  useLeaveWarning(queue)

  async function listFolder(parentId: NodeId): Promise<readonly Node[]> {
    const listing = await queryClient.fetchQuery({
      ...childrenQuery(api, queryClient, parentId),
      staleTime: 0,
    })
    return listing.nodes
  }

  async function keepBoth(upload: Upload) {
    const names = await listFolder(upload.parentId).catch(() => [])
    const taken = new Set(names.map(({ name }) => nameKey(name)))
    const isTaken = (name: string) => name === upload.name || taken.has(nameKey(name))
    queue.resolve(upload.key, { name: freeName(upload.name, isTaken) })
  }

  async function replace(upload: Upload) {
    const wanted = nameKey(upload.name)
    const nodes = await listFolder(upload.parentId).catch(() => [])
    const existing = nodes.find(({ name }) => nameKey(name) === wanted)
    if (existing) queue.resolve(upload.key, { replace: existing.id })
    else toasts.show(`${upload.name} is gone by now; try “Keep both”`, { tone: 'error' })
  }

  const uploads = useMemo<Uploads>(
    () => ({
      add: (parentId, { files, folders }) => {
        for (const name of folders) {
          queue.addRefused(parentId, name, 'Folders cannot be uploaded yet; drop the files in it')
        }
        queue.add(parentId, files)
      },
    }),
    [queue],
  )
  return (
    <UploadsContext value={uploads}>
      {children}
      {!isEmpty && (
        <Suspense>
          <UploadPanel
            queue={queue}
            onKeepBoth={(upload) => void keepBoth(upload)}
            onReplace={(upload) => void replace(upload)}
          />
        </Suspense>
      )}
    </UploadsContext>
  )
}

/** Leaving the page would end what is under way: the browser asks first. */
function useLeaveWarning(queue: UploadQueue) {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      const isBusy = queue.uploads.some(
        ({ state }) => state.kind === 'waiting' || state.kind === 'sending',
      )
      if (isBusy) event.preventDefault()
    }
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [queue])
}
