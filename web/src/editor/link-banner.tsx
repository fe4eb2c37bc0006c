import { Link } from '@tanstack/react-router'
import type { FatalCloseCodeName, SaveState } from '@cloudsync/client/live'
import type { Node } from '@cloudsync/protocol'
import { errorLine } from '../api/describe-error.ts'
import { restoreNode } from '../api/file-endpoints.ts'
import { useServices } from '../app/services.tsx'
import type { LiveText } from '../live/live-text.ts'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { saveFile } from '../ui/save-file.ts'
import { toasts } from '../ui/toast-list.ts'
import { writeClipboard } from '../ui/write-clipboard.ts'

export interface LinkBannerProps {
  readonly live: LiveText
  readonly save: SaveState
  readonly node: Node
  /** Whether the person's role lets them change the file. */
  readonly canEdit: boolean
  /** Opens the file again from what the server has. */
  readonly onReopen: () => void
}

/** What has become of a document that is not live any more, and what can be done. */
export function LinkBanner({ live, save, node, canEdit, onReopen }: LinkBannerProps) {
  if (save.kind === 'refused') {
    return (
      <Banner tone="danger">
        <p>{refusalText(save.reason)} Your text is kept on this device.</p>
        <RescueButtons live={live} node={node} />
        <Button onClick={onReopen}>Show the saved text</Button>
      </Banner>
    )
  }
  if (save.kind !== 'ended') return null
  const hasUnsaved = save.pending > 0
  return (
    <Banner tone={hasUnsaved ? 'danger' : 'warn'}>
      <p>
        {endTexts[save.code]}
        {hasUnsaved && ' Your last changes could not be saved; they are kept on this device.'}
      </p>
      {hasUnsaved && <RescueButtons live={live} node={node} />}
      <EndAction code={save.code} node={node} canEdit={canEdit} onReopen={onReopen} />
    </Banner>
  )
}

const endTexts: Readonly<Record<FatalCloseCodeName, string>> = {
  updateRefused: 'The server did not accept a change.',
  signedOut: 'Your session has ended.',
  forbidden: 'You no longer have access to this file.',
  notFound: 'This file does not exist any more.',
  protocolError: 'This page is older than the server. Reload it to go on.',
  trashed: 'This file was moved to the trash.',
  sealed: 'This file was replaced by one that is no text.',
}

function refusalText(reason: string): string {
  switch (reason) {
    case 'read_only':
      return 'Your role has changed, and your last changes were not accepted.'
    case 'space_full':
      return 'The space is full, and your last changes could not be saved.'
    case 'too_large':
      return 'The text has become too large to be saved.'
    default:
      return 'The server did not accept your last changes.'
  }
}

interface EndActionProps {
  readonly code: FatalCloseCodeName
  readonly node: Node
  readonly canEdit: boolean
  readonly onReopen: () => void
}

function EndAction({ code, node, canEdit, onReopen }: EndActionProps) {
  const { api, session } = useServices()
  switch (code) {
    case 'trashed':
      return canEdit ? (
        <Button
          onClick={() =>
            void restoreNode(api, node.id)
              .then(onReopen)
              .catch((error: unknown) => toasts.show(errorLine(error), { tone: 'error' }))
          }
        >
          Bring it back
        </Button>
      ) : (
        <Link to="/spaces/$spaceId" params={{ spaceId: node.spaceId }}>
          Go to the folder
        </Link>
      )
    case 'signedOut':
      return <Button onClick={() => void session.start()}>Sign in</Button>
    case 'protocolError':
      return <Button onClick={() => location.reload()}>Reload</Button>
    case 'updateRefused':
    case 'sealed':
      return <Button onClick={onReopen}>Show the file as it is now</Button>
    case 'forbidden':
      return <Link to="/shared">Go to what is shared with you</Link>
    case 'notFound':
      return <Link to="/">Go to your files</Link>
  }
}

/** The ways to keep what the server does not take. */
function RescueButtons({ live, node }: { readonly live: LiveText; readonly node: Node }) {
  return (
    <>
      <Button
        onClick={() =>
          void writeClipboard(live.textNow()).then(() => toasts.show('Your text is copied'))
        }
      >
        Copy your text
      </Button>
      <Button onClick={() => saveFile(new Blob([live.textNow()]), node.name)}>Download it</Button>
    </>
  )
}
