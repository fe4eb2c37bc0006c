import type { LiveTarget } from './live-target.ts'

/** What the load process can be asked for, and what it gives back. Times are in milliseconds. */
export interface Jobs {
  /**
   * One typist per document at a fixed rate, whatever the answers take. `cpuSeconds` is what the process
   * trees of `roots` used while they typed, warm-up included.
   */
  acknowledge: {
    input: {
      target: LiveTarget
      documents: string[]
      ratePerSecond: number
      warmUpMs: number
      durationMs: number
      roots: number[]
    }
    output: {
      latencies: Float64Array
      lateness: Float64Array
      unanswered: number
      cpuSeconds: number
    }
  }
  /** One typist per document, who keeps so many updates unanswered. */
  flood: {
    input: {
      target: LiveTarget
      documents: string[]
      outstanding: number
      warmUpMs: number
      durationMs: number
      roots: number[]
    }
    output: { answered: number; seconds: number; latencies: Float64Array; cpuSeconds: number }
  }
  /** Typists and readers of one document: from sending to each other client. */
  broadcast: {
    input: {
      target: LiveTarget
      document: string
      clients: number
      typists: number
      ratePerSecond: number
      warmUpMs: number
      durationMs: number
      roots: number[]
    }
    output: {
      latencies: Float64Array
      lateness: Float64Array
      expected: number
      cpuSeconds: number
    }
  }
  /** All clients join one document at once: from connecting to having its state. */
  join: {
    input: { target: LiveTarget; document: string; clients: number }
    output: { latencies: Float64Array; receivedBytes: number }
  }
  /** Opens each document once, and leaves it. `state` is what the client brings. */
  visit: {
    input: {
      target: LiveTarget
      documents: string[]
      concurrency: number
      state: Uint8Array | undefined
    }
    output: { latencies: Float64Array }
  }
  /** Opens each document and stays, until `release`. */
  hold: {
    input: {
      target: LiveTarget
      documents: string[]
      concurrency: number
      state: Uint8Array | undefined
    }
    output: { held: number }
  }
  release: { input: Record<never, never>; output: { released: number } }
  /** Types a recorded history, edit for edit, on sockets that take turns. */
  replay: {
    input: { target: LiveTarget; document: string; tracePath: string; updatesPerSocket: number }
    output: { updates: number; seconds: number }
  }
  /** What a recorded history comes to. */
  trace: {
    input: { tracePath: string }
    output: {
      updates: number
      textUnits: number
      textSha256: string
      state: Uint8Array
      v1Bytes: number
      v2Bytes: number
    }
  }
  /** A stock client opens the document: from connecting to a `Y.Doc` that holds the text. */
  firstSync: {
    input: { target: LiveTarget; document: string }
    output: { ms: number; textSha256: string; receivedBytes: number }
  }
  /** Somebody honest types in one document, with an update a few milliseconds after each answer. */
  honest: {
    input: { target: LiveTarget; document: string; durationMs: number }
    output: { latencies: Float64Array; isCutOff: boolean }
  }
  /** The same, while on each of the other documents a client sends `bomb` and waits for its refusal. */
  attack: {
    input: {
      target: LiveTarget
      honestDocument: string
      documents: string[]
      bomb: Uint8Array
      intervalMs: number
      maxMs: number
      /** Whether the server answers pings, by which a transfer is timed. */
      timesTransfers: boolean
    }
    output: {
      latencies: Float64Array
      refusals: Float64Array
      /** How long as many bytes take that nobody has to judge; empty where the protocol knows no ping. */
      transfers: Float64Array
      taken: number
      unanswered: number
      isCutOff: boolean
    }
  }
  /**
   * A stock client opens the document on each node and stays, until `leaveNodes`; `state` is what the first
   * one brings. Ends when all have the same.
   */
  openNodes: {
    input: { targets: LiveTarget[]; document: string; state: Uint8Array | undefined }
    output: { stateBytes: number }
  }
  /** The client of the first node types, a key at a time: from the edit to the `update` of each other client. */
  typeOnNode: {
    input: { keystrokes: number; ratePerSecond: number }
    output: { latencies: Float64Array }
  }
  leaveNodes: { input: Record<never, never>; output: { left: number } }
}

export type JobKind = keyof Jobs

export type JobHandlers = {
  readonly [K in JobKind]: (input: Jobs[K]['input']) => Promise<Jobs[K]['output']>
}

export interface JobRequest {
  readonly kind: JobKind
  readonly input: unknown
}

export type JobReply = { readonly output: unknown } | { readonly error: string }
