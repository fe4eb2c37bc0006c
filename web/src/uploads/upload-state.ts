import type { Node, NodeId } from '@cloudsync/protocol'
import { updateBy, type Transitions } from '@cloudsync/client/live'

/**
 * One file on its way to the server.
 *
 *   waiting ─▶ sending ─▶ done
 *      ▲          ├─▶ paused ───▶ (resume: waiting)
 *      │          ├─▶ conflict ─▶ (keep both, replace: waiting · skip: skipped)
 *      │          └─▶ failed ───▶ (retry: waiting)
 *      └─────────────────┘
 *
 * `sentBytes` of what waits or is paused are on the server, and need not be sent again.
 */
export type UploadState =
  | { readonly kind: 'waiting'; readonly sentBytes: number }
  | {
      readonly kind: 'sending'
      readonly sentBytes: number
      /** The line is cut; it is tried again and again. */
      readonly isStalled: boolean
    }
  | { readonly kind: 'paused'; readonly sentBytes: number }
  | { readonly kind: 'done'; readonly node: Node }
  /** The folder has an entry of this name. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'failed'; readonly reason: string; readonly canRetry: boolean }
  | { readonly kind: 'skipped' }

export type UploadEvent =
  | { readonly type: 'started' }
  | { readonly type: 'progressed'; readonly sentBytes: number }
  | { readonly type: 'stalled' }
  | { readonly type: 'paused' }
  | { readonly type: 'succeeded'; readonly node: Node }
  | { readonly type: 'conflicted' }
  | { readonly type: 'failed'; readonly reason: string; readonly canRetry: boolean }
  | { readonly type: 'requeued' }
  /** The request that it was in has been ended for another's sake. */
  | { readonly type: 'returned' }
  | { readonly type: 'skipped' }

/** What an upload makes: a new file, or the next content of one that is there. */
export type UploadTarget =
  | { readonly kind: 'create'; readonly id: NodeId; readonly ifTaken?: 'rename' }
  | { readonly kind: 'replace'; readonly id: NodeId }

const stay = <S extends UploadState>(state: S): S => state
const waiting = (): UploadState => ({ kind: 'waiting', sentBytes: 0 })
const waitingAgain = ({ sentBytes }: { readonly sentBytes: number }): UploadState => ({
  kind: 'waiting',
  sentBytes,
})
const paused = ({ sentBytes }: { readonly sentBytes: number }): UploadState => ({
  kind: 'paused',
  sentBytes,
})
const skipped = (): UploadState => ({ kind: 'skipped' })

const atRest = {
  started: stay,
  progressed: stay,
  stalled: stay,
  paused: stay,
  succeeded: stay,
  conflicted: stay,
  failed: stay,
  requeued: stay,
  returned: stay,
  skipped: stay,
} as const

const transitions: Transitions<UploadState, UploadEvent> = {
  waiting: {
    ...atRest,
    started: ({ sentBytes }) => ({ kind: 'sending', sentBytes, isStalled: false }),
    paused,
    // Refused before a byte was sent: too large, or no file at all.
    failed: (_, { reason, canRetry }) => ({ kind: 'failed', reason, canRetry }),
    skipped,
  },
  sending: {
    ...atRest,
    progressed: (_, { sentBytes }) => ({ kind: 'sending', sentBytes, isStalled: false }),
    stalled: (state) => ({ ...state, isStalled: true }),
    paused,
    returned: waiting,
    succeeded: (_, { node }) => ({ kind: 'done', node }),
    conflicted: () => ({ kind: 'conflict' }),
    failed: (_, { reason, canRetry }) => ({ kind: 'failed', reason, canRetry }),
    skipped,
  },
  paused: { ...atRest, requeued: waitingAgain, skipped },
  conflict: { ...atRest, requeued: waiting, skipped },
  failed: {
    ...atRest,
    requeued: (state) => (state.canRetry ? waiting() : state),
    skipped,
  },
  done: atRest,
  skipped: atRest,
}

export function updateUpload(state: UploadState, event: UploadEvent): UploadState {
  return updateBy(transitions, state, event)
}

/** Nothing more happens to it by itself or by a person. */
export function isSettled(state: UploadState): boolean {
  return state.kind === 'done' || state.kind === 'skipped'
}
