import { Navigate } from '@tanstack/react-router'
import type { Space } from '@cloudsync/protocol'
import { useSpaceTree } from '../tree/tree-context.tsx'
import { FileList } from './file-list.tsx'
import { SpacePage } from './space-page.tsx'

/** The root folder of a space. */
export function FileListPage() {
  return (
    <SpacePage>
      {(space) =>
        space.kind === 'shared' ? (
          <Navigate to="/shared" replace />
        ) : (
          <RootFolder key={space.id} space={space} />
        )
      }
    </SpacePage>
  )
}

export function RootFolder({ space }: { readonly space: Space }) {
  const opened = useSpaceTree(space)
  return (
    <FileList
      key={space.rootId}
      space={space}
      opened={opened}
      folder={{ id: space.rootId, name: space.name, parentId: null }}
      lead={undefined}
    />
  )
}
