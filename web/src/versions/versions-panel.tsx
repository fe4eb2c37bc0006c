import { Link } from '@tanstack/react-router'
import type { Version } from '@cloudsync/protocol'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { formatExactTime, formatTime } from '../files/format.ts'
import { useOpenFile } from '../editor/file-context.ts'
import { IconButton } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { useNow } from '../ui/use-now.ts'
import { SidePanel } from '../ui/side-panel.tsx'
import { KeepVersion } from './keep-version.tsx'
import { OlderVersions } from './older-versions.tsx'
import { RenameVersion } from './rename-version.tsx'
import { authorsOf, reasonTexts } from './version-reason.ts'
import { useVersions } from './versions-query.ts'
import styles from './versions-panel.module.css'

/** The history of the file: its text now, then its versions, the newest first. */
export function VersionsPanel({ onClose }: { readonly onClose: () => void }) {
  const { node, snapshot } = useOpenFile()
  const versions = useVersions(node.id)
  const items = versions.data?.pages.flatMap((page) => page.items) ?? []
  const isSlow = useDelayed(versions.isPending, 200)
  return (
    <SidePanel title="Versions" onClose={onClose}>
      {snapshot.canEdit && <KeepVersion nodeId={node.id} />}
      <ol className={styles.list} aria-busy={isSlow}>
        <li>
          <Link
            to="/files/$nodeId"
            params={{ nodeId: node.id }}
            search={{ panel: 'versions' }}
            className={styles.version}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            <span className={styles.title}>The text as it is now</span>
          </Link>
        </li>
        {items.map((version) => (
          <VersionRow key={version.number} version={version} />
        ))}
      </ol>
      {versions.isError && (
        <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      {versions.isSuccess && items.length === 0 && (
        <p className={styles.note}>
          A version is kept after five quiet minutes, and whenever you keep one by name.
        </p>
      )}
      <OlderVersions versions={versions} />
    </SidePanel>
  )
}

function VersionRow({ version }: { readonly version: Version }) {
  const { node, snapshot } = useOpenFile()
  const now = useNow(60_000)
  const [isRenaming, setIsRenaming] = useState(false)
  if (isRenaming) {
    return (
      <li className={styles.renaming}>
        <RenameVersion nodeId={node.id} version={version} onDone={() => setIsRenaming(false)} />
      </li>
    )
  }
  const time = formatTime(version.createdAt, now)
  return (
    <li className={styles.item}>
      <Link
        to="/files/$nodeId/versions/$number"
        params={{ nodeId: node.id, number: String(version.number) }}
        search={{ panel: 'versions' }}
        className={styles.version}
        activeOptions={{ exact: true, includeSearch: false }}
      >
        <span
          className={styles.title}
          dir="auto"
          data-time={version.name === null || undefined}
          title={formatExactTime(version.createdAt)}
        >
          {version.name ?? time}
        </span>
        <span className={styles.detail}>
          {version.name !== null && `${time} · `}
          {authorsOf(version)} · {reasonTexts[version.reason]}
        </span>
      </Link>
      {snapshot.canEdit && (
        <IconButton
          label={
            version.name === null ? `Name version ${version.number}` : `Rename ${version.name}`
          }
          className={styles.rename}
          onClick={() => setIsRenaming(true)}
        >
          <Pencil size={14} aria-hidden />
        </IconButton>
      )}
    </li>
  )
}
