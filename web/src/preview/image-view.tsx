import { useQuery } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { useEffect, useState } from 'react'
import { readContent } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import styles from './image-view.module.css'

export interface ImageViewProps {
  readonly node: Node
  readonly mediaType: string
}

/** A picture, fitted into its place; a click shows it in its own size. */
export function ImageView({ node, mediaType }: ImageViewProps) {
  const { api } = useServices()
  const content = useQuery({
    queryKey: ['picture', node.id, node.sha256 ?? node.updatedAt],
    queryFn: () => readContent(api, node.id),
    staleTime: Infinity,
    gcTime: 60_000,
  })
  const url = useObjectUrl(content.data, mediaType)
  const [isFitted, setIsFitted] = useState(true)
  const [isBroken, setIsBroken] = useState(false)
  if (content.isError) {
    return <ErrorState error={content.error} onRetry={() => void content.refetch()} />
  }
  if (isBroken)
    return <p className={styles.note}>The picture cannot be drawn. Download it instead.</p>
  return (
    <div className={styles.frame} data-fitted={isFitted || undefined}>
      {url !== undefined && (
        <button
          type="button"
          className={styles.zoom}
          aria-label={isFitted ? 'Show in full size' : 'Fit into the window'}
          onClick={() => setIsFitted(!isFitted)}
        >
          <img src={url} alt={node.name} draggable={false} onError={() => setIsBroken(true)} />
        </button>
      )}
    </div>
  )
}

/** The content is fetched with a token, which an `<img>` cannot send. */
function useObjectUrl(blob: Blob | undefined, mediaType: string): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!blob) return undefined
    // Under our own type, whatever the server calls it: nothing but a picture can come of it.
    const made = URL.createObjectURL(blob.slice(0, blob.size, mediaType))
    setUrl(made)
    return () => {
      setUrl(undefined)
      URL.revokeObjectURL(made)
    }
  }, [blob, mediaType])
  return url
}
