import { useQuery } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { readContent } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import styles from './text-peek.module.css'

const shownBytes = 64 * 1024

/** The beginning of a text, as it is stored. */
export function TextPeek({ node }: { readonly node: Node }) {
  const { api } = useServices()
  const content = useQuery({
    queryKey: ['peek', node.id, node.seq],
    queryFn: async () => (await readContent(api, node.id)).slice(0, shownBytes).text(),
    gcTime: 60_000,
  })
  if (content.isError) {
    return <ErrorState error={content.error} onRetry={() => void content.refetch()} />
  }
  return (
    // It scrolls, so that keys must reach it.
    <pre className={styles.text} tabIndex={0} dir="auto">
      {content.data === '' ? 'The file is empty.' : content.data}
    </pre>
  )
}
