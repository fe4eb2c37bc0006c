import { Plus } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../ui/button.tsx'
import { lazyPart } from '../ui/lazy-part.tsx'
import { SpaceSidebar } from './space-sidebar.tsx'
import styles from './sidebar.module.css'

const CreateSpaceDialog = lazyPart(
  async () => (await import('./create-space-dialog.tsx')).CreateSpaceDialog,
)

/** The way to all spaces, and to another one. */
export function SpacesNav() {
  const [isCreating, setIsCreating] = useState(false)
  return (
    <nav aria-label="Spaces">
      <div className={styles.heading}>
        <h2>Spaces</h2>
        <IconButton label="New team space" onClick={() => setIsCreating(true)}>
          <Plus size={16} aria-hidden />
        </IconButton>
      </div>
      <SpaceSidebar />
      {isCreating && <CreateSpaceDialog onClose={() => setIsCreating(false)} />}
    </nav>
  )
}
