import type { ExchangeTextsResponse, NodeId } from '@cloudsync/protocol'
import { fromBase64, toBase64 } from 'lib0/buffer'
import type { CloudSyncError } from '../errors.ts'
import type { Api, CallOptions } from '../http/api.ts'
import { problemError } from '../http/read-problem.ts'

/** Yjs, version 1 of its encodings. */
export interface ExchangedText {
  readonly nodeId: NodeId
  /**
   * As last answered for this copy of the text. Where the text has begun anew since, the answer is `sealed`, and nothing
   * of the copy belongs to it any more. Leave it out for a copy that holds nothing.
   */
  readonly etag?: string | undefined
  /** Of all that the caller has, its update included. */
  readonly stateVector: Uint8Array
  /** What the server may lack; empty when there is nothing. */
  readonly update: Uint8Array
  /** Keeps the text as a version before the update is taken: for what writes all of it anew. */
  readonly keepsVersion?: boolean | undefined
}

export type ExchangeResult =
  /** What was sent is durable, `update` is what the caller lacks, and `etag` names the text with all of it. */
  | {
      readonly ok: true
      readonly nodeId: NodeId
      readonly update: Uint8Array
      readonly etag: string
    }
  /** Nothing of it was taken. */
  | { readonly ok: false; readonly nodeId: NodeId; readonly error: CloudSyncError }

/** Live texts without a live link: many at once, as who was offline needs it. */
export class TextsApi {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /**
   * Brings up to 100 texts, of 8 MiB together, in step both ways; none may be named twice. One result each, in their
   * order. The same update may be sent again.
   */
  async exchange(
    texts: readonly ExchangedText[],
    options?: CallOptions,
  ): Promise<readonly ExchangeResult[]> {
    const items = texts.map(({ nodeId, etag, stateVector, update, keepsVersion }) => ({
      nodeId,
      etag,
      keepsVersion,
      stateVector: toBase64(stateVector),
      update: toBase64(update),
    }))
    const { results } = await this.#api.put<ExchangeTextsResponse>(
      'POST',
      '/texts/exchange',
      { items },
      options,
    )
    return results.map((result) =>
      result.ok
        ? { ...result, update: fromBase64(result.update) }
        : { ok: false, nodeId: result.nodeId, error: problemError(result.problem) },
    )
  }
}
