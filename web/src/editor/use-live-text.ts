import { systemTimers } from '@cloudsync/client/live'
import type { NodeId } from '@cloudsync/protocol'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { useMe, useServices } from '../app/services.tsx'
import { noteOpen, openKeptDocuments, trackClosing } from '../live/kept-documents.ts'
import { LiveText, type LiveTextSnapshot } from '../live/live-text.ts'
import { useLatest } from '../ui/use-latest.ts'
import { liveUrl } from '../live/browser-live.ts'

/**
 * The live text of a file, for as long as the page is on it. `reopen` begins anew from what the
 * server has, after a refusal or a final close.
 */
export function useLiveText(nodeId: NodeId, fileName: string, canEdit: boolean) {
  const { session, queryClient } = useServices()
  const me = useMe()
  const [live, setLive] = useState<LiveText>()
  const [generation, setGeneration] = useState(0)
  const latest = useLatest({ fileName, canEdit })

  useEffect(() => {
    let isGone = false
    let opened: LiveText | undefined
    const endOpen = noteOpen(nodeId)
    void openKeptDocuments().then((store) => {
      if (isGone) return
      opened = new LiveText({
        key: { userId: me.id, nodeId },
        fileName: () => latest.current.fileName,
        url: liveUrl(),
        session,
        store,
        canEdit: latest.current.canEdit,
        timers: systemTimers,
        random: Math.random,
      })
      setLive(opened)
      void opened.open()
    })
    return () => {
      isGone = true
      endOpen()
      setLive(undefined)
      if (opened) trackClosing(opened.close())
    }
  }, [me.id, nodeId, session, latest, generation])

  useEffect(() => live?.setCanEdit(canEdit), [live, canEdit])
  useNetworkEvents(live)
  useLeaveWarning(live)
  const reopen = useCallback(() => {
    setGeneration((count) => count + 1)
    void queryClient.invalidateQueries({ queryKey: ['drafts'] })
  }, [queryClient])
  return { live, snapshot: useLiveSnapshot(live), reopen }
}

const opening: LiveTextSnapshot = {
  isReady: false,
  canEdit: false,
  serverAllowsEdit: true,
  save: { kind: 'opening' },
  isPersistent: true,
}

function useLiveSnapshot(live: LiveText | undefined): LiveTextSnapshot {
  return useSyncExternalStore(
    useCallback((listener) => live?.subscribe(listener) ?? (() => {}), [live]),
    () => live?.snapshot ?? opening,
  )
}

function useNetworkEvents(live: LiveText | undefined) {
  useEffect(() => {
    if (!live) return undefined
    const lost = () => live.networkLost()
    const back = () => live.retryNow()
    addEventListener('offline', lost)
    addEventListener('online', back)
    return () => {
      removeEventListener('offline', lost)
      removeEventListener('online', back)
    }
  }, [live])
}

/** Asks before the page is left only when that would lose something: nothing here keeps the edits. */
function useLeaveWarning(live: LiveText | undefined) {
  useEffect(() => {
    if (!live) return undefined
    const warn = (event: BeforeUnloadEvent) => {
      const { save, isPersistent } = live.snapshot
      const isPending = save.kind === 'saving' || ('pending' in save && save.pending > 0)
      if (isPending && !isPersistent) event.preventDefault()
    }
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [live])
}
