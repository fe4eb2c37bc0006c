import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { NodeId } from '@cloudsync/protocol'
import { useMe } from '../app/services.tsx'
import { formatTime } from '../files/format.ts'
import { openKeptDocuments } from '../live/kept-documents.ts'
import type { Draft } from '../live/document-store.ts'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { saveFile } from '../ui/save-file.ts'
import { toasts } from '../ui/toast-list.ts'
import { useNow } from '../ui/use-now.ts'
import { writeClipboard } from '../ui/write-clipboard.ts'

/** Texts of this file that were refused earlier and lie on this device. */
export function DraftBanner({ nodeId }: { readonly nodeId: NodeId }) {
  const me = useMe()
  const now = useNow(60_000)
  const queryClient = useQueryClient()
  const queryKey = ['drafts', me.id, nodeId]
  const drafts = useQuery({
    queryKey,
    queryFn: async () => {
      const store = await openKeptDocuments()
      return (await store?.listDrafts({ userId: me.id, nodeId })) ?? []
    },
  })

  async function discard(draft: Draft) {
    await (await openKeptDocuments())?.deleteDraft(draft.id)
    await queryClient.invalidateQueries({ queryKey })
  }

  return drafts.data?.map((draft) => (
    <Banner key={draft.id} tone="warn">
      <p>
        A text of yours could not be saved{' '}
        {formatTime(new Date(draft.createdAt).toISOString(), now)} and is kept on this device.
      </p>
      <Button
        onClick={() =>
          void writeClipboard(draft.text).then(() => toasts.show('The text is copied'))
        }
      >
        Copy it
      </Button>
      <Button onClick={() => saveFile(new Blob([draft.text]), draft.fileName)}>Download it</Button>
      <Button onClick={() => void discard(draft)}>Discard</Button>
    </Banner>
  ))
}
