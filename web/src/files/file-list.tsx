import { useRouter } from '@tanstack/react-router'
import type { Space } from '@cloudsync/protocol'
import { useEffect } from 'react'
import { useShortcut } from '../shell/use-shortcut.ts'
import { useUploads } from '../uploads/uploads-context.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { useDelayed } from '../ui/use-delayed.ts'
import { DropPane } from './drop-pane.tsx'
import { EmptyFolder } from './empty-folder.tsx'
import { FileGrid, GridSkeleton } from './file-grid.tsx'
import { FileListHeader } from './file-list-header.tsx'
import { FileMenu } from './file-menu.tsx'
import type { PickedFile } from './file-picker.tsx'
import { NewDocumentRow } from './new-document-row.tsx'
import { canEdit } from './space-role.ts'
import { useFileList } from './use-file-list.ts'

/** The files of a space: the list, what can be done with it, and a pane that takes files dropped on it. */
export function FileList({ space }: { readonly space: Space }) {
  const list = useFileList(space)
  const uploads = useUploads()
  const isEditor = canEdit(space.role)
  const startNaming = () => list.setIsNaming(true)
  const upload = (files: readonly PickedFile[]) => uploads.add(space.rootId, { files, folders: [] })
  useShortcut('n', startNaming, isEditor)
  usePreloadedEditor()
  return (
    <DropPane
      isEnabled={isEditor}
      target={space.name}
      onDrop={(dropped) => uploads.add(space.rootId, dropped)}
    >
      <FileListHeader
        space={space}
        selected={list.selectedNodes}
        onNew={startNaming}
        onFiles={upload}
        onTrash={list.trashSelected}
        onClear={list.clear}
      />
      <FileListBody
        space={space}
        list={list}
        isEditor={isEditor}
        onNew={startNaming}
        onFiles={upload}
      />
      {list.menu && (
        <FileMenu
          state={list.menu}
          canEdit={isEditor}
          selectedCount={list.selection.selected.size}
          onRename={list.setRenaming}
          onTrash={list.trashSelected}
          onClose={list.closeMenu}
        />
      )}
    </DropPane>
  )
}

const idleMs = 1_500

/** Fetches the editor's code while somebody looks at the list: a file opens the faster. */
function usePreloadedEditor() {
  const router = useRouter()
  useEffect(() => {
    const timer = setTimeout(() => {
      void router.preloadRoute({ to: '/files/$nodeId', params: { nodeId: 'any' } }).catch(() => {})
    }, idleMs)
    return () => clearTimeout(timer)
  }, [router])
}

interface FileListBodyProps {
  readonly space: Space
  readonly list: ReturnType<typeof useFileList>
  readonly isEditor: boolean
  readonly onNew: () => void
  readonly onFiles: (files: readonly PickedFile[]) => void
}

function FileListBody({ space, list, isEditor, onNew, onFiles }: FileListBodyProps) {
  const { query, nodes, isNaming } = list
  const showsSkeleton = useDelayed(query.isPending, 200)
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  }
  if (query.isPending) return showsSkeleton && <GridSkeleton />
  if (nodes.length === 0 && !isNaming) {
    return (
      query.data.isComplete && <EmptyFolder canEdit={isEditor} onNew={onNew} onFiles={onFiles} />
    )
  }
  return (
    <FileGrid
      label={`Files in ${space.name}`}
      nodes={nodes}
      sort={list.sort}
      onSort={list.toggleSort}
      selection={list.selection}
      renaming={list.renaming}
      actions={list.actions}
      commands={{
        canEdit: isEditor,
        startRename: list.setRenaming,
        trashSelected: list.trashSelected,
        selectAll: list.all,
        clear: list.clear,
      }}
      draft={
        isNaming && (
          <NewDocumentRow
            isTaken={list.isTaken}
            onDone={(name) => void list.createDocument(name)}
            onCancel={() => list.setIsNaming(false)}
          />
        )
      }
    />
  )
}
