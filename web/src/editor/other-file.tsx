import type { Node } from '@cloudsync/protocol'
import { Download } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { useServices } from '../app/services.tsx'
import { downloadNode } from '../files/download-node.ts'
import { FilePath } from '../files/file-path.tsx'
import { imageTypeOf } from '../preview/preview-kind.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { IconButton } from '../ui/button.tsx'

const ImageView = lazy(async () => ({
  default: (await import('../preview/image-view.tsx')).ImageView,
}))
const FileCard = lazy(async () => ({
  default: (await import('../preview/file-card.tsx')).FileCard,
}))

/** A file that is no text: a picture is shown, others can be had. */
export function OtherFile({ node }: { readonly node: Node }) {
  const { api } = useServices()
  const imageType = imageTypeOf(node)
  return (
    <>
      <PageHeader lead={<FilePath node={node} />} title={node.name}>
        <IconButton label="Download" onClick={() => void downloadNode(api, node)}>
          <Download size={16} aria-hidden />
        </IconButton>
      </PageHeader>
      <Suspense>
        {imageType === undefined ? (
          <FileCard node={node} />
        ) : (
          <ImageView key={node.sha256} node={node} mediaType={imageType} />
        )}
      </Suspense>
    </>
  )
}
