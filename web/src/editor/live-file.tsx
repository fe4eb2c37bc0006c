import type { SaveState } from '@cloudsync/client/live'
import { Outlet, useNavigate, useSearch } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { useEffect, useMemo, useRef } from 'react'
import { useFileAbilities } from '../access/use-file-abilities.ts'
import { accessKey } from '../access/use-abilities.ts'
import { nodeKey } from '../files/use-node.ts'
import { spacesKey } from '../shell/use-spaces.ts'
import { FileContext } from './file-context.ts'
import { FileHeader, versionsButtonId } from './file-header.tsx'
import { textKindOf } from './file-language.ts'
import { loadLanguage } from './load-language.ts'
import { useLiveText } from './use-live-text.ts'
import { lazyPart } from '../ui/lazy-part.tsx'
import { PanelLayout, PanelPlace } from '../ui/panel-layout.tsx'

const DraftBanner = lazyPart(async () => (await import('./draft-banner.tsx')).DraftBanner)
const LinkBanner = lazyPart(async () => (await import('./link-banner.tsx')).LinkBanner)
const ConflictBanner = lazyPart(
  async () => (await import('../conflicts/conflict-banner.tsx')).ConflictBanner,
)
const BlobVersions = lazyPart(
  async () => (await import('../versions/blob-versions.tsx')).BlobVersions,
  <PanelPlace />,
)
const VersionsPanel = lazyPart(
  async () => (await import('../versions/versions-panel.tsx')).VersionsPanel,
  <PanelPlace />,
)

export interface LiveFileProps {
  readonly node: Node
  /** Shows the file as what it is by now, when that is no text any more. */
  readonly onLeave: () => void
}

/** A text file: its header, its text or a version of it, and the panel of versions beside. */
export function LiveFile({ node, onLeave }: LiveFileProps) {
  const { panel } = useSearch({ from: '/shell/files/$nodeId' })
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { may, isKnown } = useFileAbilities(node)
  // Until the role is known the server's word, given when the document is opened, decides alone.
  const mayEdit = !isKnown || may.canEdit
  const { live, snapshot, reopen } = useLiveText(node.id, node.name, mayEdit)
  useReopening(node, snapshot.save, reopen)
  // It tells, among other things, that the server is another by now: too late to ask that one for code.
  useEffect(() => LinkBanner.preload(), [])
  useFreshAccess(snapshot.serverAllowsEdit)
  const file = useMemo(() => ({ node, live, snapshot }), [node, live, snapshot])
  // While the document is on its way, so that headings do not grow under the reader's eyes.
  useEffect(() => void loadLanguage(node.name, textKindOf(node.name)), [node.name])
  const showsVersions = panel === 'versions'

  function leave() {
    void queryClient.invalidateQueries({ queryKey: ['drafts'] })
    onLeave()
  }

  function closePanel() {
    document.querySelector<HTMLElement>(`#${versionsButtonId}`)?.focus()
    togglePanel(false)
  }

  function togglePanel(isShown: boolean) {
    void navigate({
      to: '.',
      search: (search) => {
        const rest = { ...search }
        delete rest.panel
        return isShown ? { ...rest, panel: 'versions' } : rest
      },
      replace: true,
    })
  }

  return (
    <FileContext value={file}>
      <FileHeader
        showsVersions={showsVersions}
        onToggleVersions={() => togglePanel(!showsVersions)}
      />
      {live && (
        <LinkBanner
          live={live}
          save={snapshot.save}
          node={node}
          canEdit={mayEdit}
          onReopen={node.kind === 'text' ? reopen : leave}
        />
      )}
      <DraftBanner nodeId={node.id} />
      {node.hasConflicts && <ConflictBanner node={node} canEdit={mayEdit} />}
      <PanelLayout
        panel={
          showsVersions &&
          (node.kind === 'text' ? (
            <VersionsPanel onClose={closePanel} />
          ) : (
            <BlobVersions node={node} canEdit={mayEdit} onClose={closePanel} />
          ))
        }
      >
        <Outlet />
      </PanelLayout>
    </FileContext>
  )
}

/** Of a role that has changed the document tells first. */
function useFreshAccess(serverAllowsEdit: boolean) {
  const queryClient = useQueryClient()
  useEffect(() => {
    void queryClient.invalidateQueries({ queryKey: accessKey })
  }, [queryClient, serverAllowsEdit])
}

/**
 * When the document is closed for good, what else the page knows of it may be out of date. Once a
 * file has come back from the trash, by whoever's hand, it is opened again.
 */
function useReopening(node: Node, save: SaveState, reopen: () => void) {
  const queryClient = useQueryClient()
  const isOver = save.kind === 'ended' || save.kind === 'refused'
  const isTrashed = node.trashedAt !== null
  const wasTrashed = useRef(isTrashed)
  useEffect(() => {
    if (!isOver) return
    void queryClient.invalidateQueries({ queryKey: nodeKey(node.id) })
    void queryClient.invalidateQueries({ queryKey: accessKey })
    void queryClient.invalidateQueries({ queryKey: spacesKey })
  }, [isOver, node.id, queryClient])
  useEffect(() => {
    if (wasTrashed.current && !isTrashed) reopen()
    wasTrashed.current = isTrashed
  }, [isTrashed, reopen])
}
