import type { Node, NodeId } from '@cloudsync/protocol'

/**
 * One file on its way to the server.
 *
 *   waiting ─▶ sending ─▶ done
 *      ▲          ├─▶ conflict ─▶ (keep both, replace: waiting · skip: skipped)
 *      │          └─▶ failed ───▶ (retry: waiting)
 *      └─────────────────┘
 */
export type UploadState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending'; readonly sentBytes: number }
  | { readonly kind: 'done'; readonly node: Node }
  /** The folder has an entry of this name. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'failed'; readonly reason: string; readonly canRetry: boolean }
  | { readonly kind: 'skipped' }

export type UploadEvent =
  | { readonly type: 'started' }
  | { readonly type: 'progressed'; readonly sentBytes: number }
  | { readonly type: 'succeeded'; readonly node: Node }
  | { readonly type: 'conflicted' }
  | { readonly type: 'failed'; readonly reason: string; readonly canRetry: boolean }
  | { readonly type: 'requeued' }
  | { readonly type: 'skipped' }

/** What an upload makes: a new file, or the next content of one that is there. */
export type UploadTarget =
  | { readonly kind: 'create'; readonly id: NodeId; readonly ifTaken?: 'rename' }
  | { readonly kind: 'replace'; readonly id: NodeId }

type Transitions = {
  readonly [S in UploadState['kind']]: {
    readonly [E in UploadEvent['type']]: (
      state: Extract<UploadState, { kind: S }>,
      event: Extract<UploadEvent, { type: E }>,
    ) => UploadState
  }
}

const stay = <S extends UploadState>(state: S): S => state
const waiting = (): UploadState => ({ kind: 'waiting' })
const sending = (): UploadState => ({ kind: 'sending', sentBytes: 0 })
const skipped = (): UploadState => ({ kind: 'skipped' })

const atRest = {
  started: stay,
  progressed: stay,
  succeeded: stay,
  conflicted: stay,
  failed: stay,
  requeued: stay,
  skipped: stay,
} as const

const transitions: Transitions = {
  waiting: {
    ...atRest,
    started: sending,
    // Refused before a byte was sent: too large, or no file at all.
    failed: (_, { reason, canRetry }) => ({ kind: 'failed', reason, canRetry }),
    skipped,
  },
  sending: {
    ...atRest,
    progressed: (_, { sentBytes }) => ({ kind: 'sending', sentBytes }),
    succeeded: (_, { node }) => ({ kind: 'done', node }),
    conflicted: () => ({ kind: 'conflict' }),
    failed: (_, { reason, canRetry }) => ({ kind: 'failed', reason, canRetry }),
    skipped,
  },
  conflict: { ...atRest, requeued: waiting, skipped },
  failed: {
    ...atRest,
    requeued: (state) => (state.canRetry ? { kind: 'waiting' } : state),
    skipped,
  },
  done: atRest,
  skipped: atRest,
}

export function updateUpload(state: UploadState, event: UploadEvent): UploadState {
  const transition = transitions[state.kind][event.type] as (
    state: UploadState,
    event: UploadEvent,
  ) => UploadState
  return transition(state, event)
}

/** Nothing more happens to it by itself or by a person. */
export function isSettled(state: UploadState): boolean {
  return state.kind === 'done' || state.kind === 'skipped'
}
