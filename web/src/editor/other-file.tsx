import type { Node } from '@cloudsync/protocol'
import { Download } from 'lucide-react'
import { useServices } from '../app/services.tsx'
import { downloadNode } from '../files/download-node.ts'
import { formatSize } from '../files/format.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { Button } from '../ui/button.tsx'
import styles from './other-file.module.css'

/** A file that is no text: it can be had, not edited. */
export function OtherFile({ node }: { readonly node: Node }) {
  const { api } = useServices()
  return (
    <>
      <PageHeader title={node.name} />
      <div className={styles.state}>
        <h2>{node.name}</h2>
        <p>
          This file is no text that can be edited here
          {node.sizeBytes !== null && `. It has ${formatSize(node.sizeBytes)}`}.
        </p>
        {node.kind === 'blob' && (
          <Button
            variant="primary"
            icon={<Download size={16} aria-hidden />}
            onClick={() => void downloadNode(api, node)}
          >
            Download
          </Button>
        )}
      </div>
    </>
  )
}
