import { useQuery } from '@tanstack/react-query'
import type { Node } from '@cloudsync/protocol'
import { readContent } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { showHidden } from '../ui/show-hidden.ts'

/** Where a symbolic link leads on the machines that keep the folder; here it leads nowhere. */
export function LinkTarget({ node }: { readonly node: Node }) {
  const { api } = useServices()
  const target = useQuery({
    queryKey: ['link target', node.id, node.sha256],
    queryFn: async () => (await readContent(api, node.id)).text(),
    gcTime: 60_000,
  })
  if (target.data === undefined) return null
  return (
    <p>
      Link to <code dir="auto">{showHidden(target.data)}</code>
    </p>
  )
}
