import type { Node } from '@cloudsync/protocol'
import { Download } from 'lucide-react'
import { downloadNode } from '../files/download-node.ts'
import { FileIcon } from '../files/file-icon.tsx'
import { formatSize } from '../files/format.ts'
import { Button } from '../ui/button.tsx'
import { describeKind } from '../details/describe-kind.ts'
import styles from './file-card.module.css'
import { showHidden } from '../ui/show-hidden.ts'
import { LinkTarget } from './link-target.tsx'

/** A file that is not shown: what it is, and a way to have it. */
export function FileCard({ node }: { readonly node: Node }) {
  const isLink = node.mode === 'symlink'
  return (
    <div className={styles.card}>
      <span className={styles.icon}>
        <FileIcon name={node.name} kind={node.kind} mode={node.mode} />
      </span>
      <h2 dir="auto">{showHidden(node.name)}</h2>
      <p>
        {describeKind(node)}
        {isLink ? ' to' : node.sizeBytes !== null && ` · ${formatSize(node.sizeBytes)}`}
      </p>
      {isLink && <LinkTarget node={node} />}
      <Button
        variant={isLink ? 'secondary' : 'primary'}
        icon={<Download size={16} aria-hidden />}
        onClick={() => downloadNode(node)}
      >
        {isLink ? 'Download the link itself' : 'Download'}
      </Button>
    </div>
  )
}
