import { Navigate, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Version } from '@cloudsync/protocol'
import { useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { errorLine } from '../api/describe-error.ts'
import { restoreVersion } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { useOpenFile } from '../editor/file-context.ts'
import { formatTime } from '../files/format.ts'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { toasts } from '../ui/toast-list.ts'
import { useNow } from '../ui/use-now.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { DiffView } from './diff-view.tsx'
import { PlainText } from './plain-text.tsx'
import { authorsOf } from './version-reason.ts'
import { useVersionDiff, useVersions, useVersionText, versionsKey } from './versions-query.ts'
import styles from './version-view.module.css'

const ConfirmDialog = lazyPart(async () => (await import('../ui/confirm-dialog.tsx')).ConfirmDialog)

type Look = 'now' | 'previous' | 'text'

const looks: readonly { readonly value: Look; readonly label: string }[] = [
  { value: 'now', label: 'Changes since' },
  { value: 'previous', label: 'Changes in it' },
  { value: 'text', label: 'Text' },
]

/** A version as it was: what has changed since, what changed in it, or its words. */
export function VersionView() {
  const params = useParams({ from: '/shell/files/$nodeId/versions/$number' })
  const { view, ...search } = useSearch({ from: '/shell/files/$nodeId/versions/$number' })
  const look: Look = view ?? 'now'
  const navigate = useNavigate()
  const { node } = useOpenFile()
  const number = Number(params.number)
  const versions = useVersions(node.id)
  const known = versions.data?.pages.flatMap((page) => page.items) ?? []
  const version = known.find((candidate) => candidate.number === number)
  const now = useNow(60_000)
  const name = version && (version.name ?? `Version of ${formatTime(version.createdAt, now)}`)
  usePageTitle(`${name ?? `Version ${number}`} of ${node.name}`)
  if (node.kind !== 'text') {
    // It was replaced by bytes that are no text: its versions are no texts to compare.
    return <Navigate to="/files/$nodeId" params={params} search={{ panel: 'versions' }} replace />
  }
  if (!Number.isSafeInteger(number) || number < 1) {
    return <ErrorState error={new ApiError('not_found')} />
  }
  return (
    <article className={styles.view} aria-label={name ?? `Version ${number}`}>
      <header className={styles.header}>
        <div className={styles.title}>
          <h2>{name ?? `Version ${number}`}</h2>
          {version && <p>{authorsOf(version)}</p>}
        </div>
        <div className={styles.looks} role="group" aria-label="What to show">
          {looks.map(({ value, label }) => (
            <button
              key={value}
              type="button"
              aria-pressed={look === value}
              onClick={() =>
                void navigate({
                  to: '/files/$nodeId/versions/$number',
                  params,
                  search: { ...search, ...(value === 'now' ? {} : { view: value }) },
                  replace: true,
                })
              }
            >
              {label}
            </button>
          ))}
        </div>
        <RestoreButton number={number} version={version} />
      </header>
      <VersionBody number={number} look={look} />
    </article>
  )
}

function VersionBody({ number, look }: { readonly number: number; readonly look: Look }) {
  const { node } = useOpenFile()
  const isFirst = look === 'previous' && number === 1
  const [from, to] = look === 'previous' ? [number - 1, number] : [number, undefined]
  const diff = useVersionDiff(node.id, from, to, look !== 'text' && !isFirst)
  const text = useVersionText(node.id, number, look === 'text' || isFirst)
  const shown = look === 'text' || isFirst ? text : diff
  if (shown.isError) return <ErrorState error={shown.error} onRetry={() => void shown.refetch()} />
  if (look === 'text' || isFirst) {
    return text.data === undefined ? null : (
      <PlainText text={text.data} label="Text of the version" />
    )
  }
  if (!diff.data) return null
  return (
    <DiffView
      diff={diff.data}
      sameText={
        look === 'now' ? 'Nothing has changed since this version.' : 'It equals the version before.'
      }
    />
  )
}

interface RestoreButtonProps {
  readonly number: number
  readonly version: Version | undefined
}

function RestoreButton({ number, version }: RestoreButtonProps) {
  const { node, snapshot } = useOpenFile()
  const { api } = useServices()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [isAsking, setIsAsking] = useState(false)
  const restoration = useMutation({
    mutationFn: () => restoreVersion(api, node.id, number),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: versionsKey(node.id) })
      toasts.show('The version is restored; what was there before is kept as a version')
      await navigate({
        to: '/files/$nodeId',
        params: { nodeId: node.id },
        search: { panel: 'versions' },
      })
    },
    onError: (error) => {
      setIsAsking(false)
      toasts.show(`The version was not restored: ${errorLine(error)}`, { tone: 'error' })
    },
  })
  if (!snapshot.canEdit) return null
  return (
    <>
      <Button variant="primary" onClick={() => setIsAsking(true)}>
        Restore
      </Button>
      {isAsking && (
        <ConfirmDialog
          title="Restore this version?"
          text={`The text becomes what it was${version?.name == null ? '' : ` in “${version.name}”`}, for everybody who has it open. What is there now is kept as a version.`}
          action="Restore"
          isBusy={restoration.isPending}
          onConfirm={() => restoration.mutate()}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  )
}
