import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Node } from '@cloudsync/protocol'
import { Download, History } from 'lucide-react'
import { downloadNode } from '../files/download-node.ts'
import { FilePath } from '../files/file-path.tsx'
import { ShareButton } from '../access/share-button.tsx'
import { useFileAbilities } from '../access/use-file-abilities.ts'
import { imageTypeOf } from '../preview/preview-kind.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { useNodeTree } from '../tree/use-node-tree.ts'
import { IconButton } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { PanelLayout, PanelPlace } from '../ui/panel-layout.tsx'
import { DraftBanner } from './draft-banner.tsx'
import { versionsButtonId } from './file-header.tsx'

const ConflictBanner = lazyPart(
  async () => (await import('../conflicts/conflict-banner.tsx')).ConflictBanner,
)
const BlobVersions = lazyPart(
  async () => (await import('../versions/blob-versions.tsx')).BlobVersions,
  <PanelPlace />,
)
const ImageView = lazyPart(async () => (await import('../preview/image-view.tsx')).ImageView)
const FileCard = lazyPart(async () => (await import('../preview/file-card.tsx')).FileCard)

/** A file that is no text: a picture is shown, others can be had; its versions stand beside. */
export function OtherFile({ node }: { readonly node: Node }) {
  const { panel } = useSearch({ from: '/shell/files/$nodeId' })
  const navigate = useNavigate()
  const { space, may } = useFileAbilities(node)
  const opened = useNodeTree(node)
  const mayEdit = may.canEdit
  const imageType = imageTypeOf(node)
  const showsVersions = panel === 'versions'

  function togglePanel() {
    void navigate({
      to: '/files/$nodeId',
      params: { nodeId: node.id },
      search: showsVersions ? {} : { panel: 'versions' },
      replace: true,
    })
  }

  return (
    <>
      <PageHeader lead={<FilePath node={node} />} title={node.name}>
        {may.canShare && space && opened && (
          <ShareButton space={space} opened={opened} nodeId={node.id} />
        )}
        <IconButton
          id={versionsButtonId}
          label="Versions"
          aria-pressed={showsVersions}
          onClick={togglePanel}
        >
          <History size={16} aria-hidden />
        </IconButton>
        <IconButton label="Download" onClick={() => downloadNode(node)}>
          <Download size={16} aria-hidden />
        </IconButton>
      </PageHeader>
      <DraftBanner nodeId={node.id} />
      {node.hasConflicts && <ConflictBanner node={node} canEdit={mayEdit} />}
      <PanelLayout
        panel={
          showsVersions && (
            <BlobVersions
              node={node}
              canEdit={mayEdit}
              onClose={() => {
                document.querySelector<HTMLElement>(`#${versionsButtonId}`)?.focus()
                togglePanel()
              }}
            />
          )
        }
      >
        {imageType === undefined ? (
          <FileCard node={node} />
        ) : (
          <ImageView key={node.sha256} node={node} mediaType={imageType} />
        )}
      </PanelLayout>
    </>
  )
}
