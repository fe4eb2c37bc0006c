import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Node, Version } from '@cloudsync/protocol'
import { Download, RotateCcw } from 'lucide-react'
import { errorLine } from '../api/describe-error.ts'
import { restoreVersion } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { downloadVersion } from '../files/download-node.ts'
import { formatExactTime, formatSize, formatTime } from '../files/format.ts'
import { nodeKey } from '../files/use-node.ts'
import { IconButton } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useNow } from '../ui/use-now.ts'
import { SidePanel } from '../ui/side-panel.tsx'
import { OlderVersions } from './older-versions.tsx'
import { authorsOf, reasonTexts } from './version-reason.ts'
import { useVersions, versionsKey } from './versions-query.ts'
import styles from './versions-panel.module.css'

export interface BlobVersionsProps {
  readonly node: Node
  readonly canEdit: boolean
  readonly onClose: () => void
}

/** The history of a file that is no text: each of its versions can be had, and brought back. */
export function BlobVersions({ node, canEdit, onClose }: BlobVersionsProps) {
  const versions = useVersions(node.id)
  const items = versions.data?.pages.flatMap((page) => page.items) ?? []
  // The same bytes may have been there before.
  const current = items.find(({ sha256 }) => sha256 === node.sha256)
  return (
    <SidePanel title="Versions" onClose={onClose}>
      <ol className={styles.list} aria-busy={versions.isPending}>
        {items.map((version) => (
          <BlobVersion
            key={version.number}
            node={node}
            version={version}
            isCurrent={version === current}
            canEdit={canEdit}
          />
        ))}
      </ol>
      {versions.isError && (
        <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      <OlderVersions versions={versions} />
    </SidePanel>
  )
}

interface BlobVersionProps {
  readonly node: Node
  readonly version: Version
  readonly isCurrent: boolean
  readonly canEdit: boolean
}

function BlobVersion({ node, version, isCurrent, canEdit }: BlobVersionProps) {
  const now = useNow(60_000)
  const restoration = useRestoration(node, version)
  const time = formatTime(version.createdAt, now)
  return (
    <li className={styles.blob} aria-current={isCurrent || undefined}>
      <span className={styles.blobWords}>
        <span
          className={styles.title}
          data-time={version.name === null || undefined}
          title={formatExactTime(version.createdAt)}
        >
          {version.name ?? time}
        </span>
        <span className={styles.detail}>
          Version {version.number} · {formatSize(version.sizeBytes)} · {authorsOf(version)} ·{' '}
          {isCurrent ? 'As it is now' : reasonTexts[version.reason]}
        </span>
      </span>
      <span className={styles.blobActions}>
        <IconButton
          label={`Download version ${version.number}`}
          onClick={() => downloadVersion(node, version.number)}
        >
          <Download size={14} aria-hidden />
        </IconButton>
        {canEdit && !isCurrent && (
          <IconButton
            label={`Restore version ${version.number}`}
            disabled={restoration.isPending}
            onClick={() => restoration.mutate()}
          >
            <RotateCcw size={14} aria-hidden />
          </IconButton>
        )}
      </span>
    </li>
  )
}

/** What is there before stays a version, so that nobody needs to be asked. */
function useRestoration(node: Node, { number }: Version) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: () => restoreVersion(api, node.id, number),
    onSuccess: async () => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: versionsKey(node.id) }),
        queryClient.invalidateQueries({ queryKey: nodeKey(node.id) }),
      ])
      toasts.show(`Version ${number} is restored; what was there before is kept as a version`)
    },
    onError: (error) =>
      toasts.show(`The version was not restored: ${errorLine(error)}`, { tone: 'error' }),
  })
}
