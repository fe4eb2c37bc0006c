/** An answer in JSON, and how long it took. */
export interface TimedAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly tookMs: number
}

export async function timed(send: () => Promise<Response>): Promise<TimedAnswer> {
  const since = performance.now()
  const answer = await send()
  const text = await answer.text()
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  return { status: answer.status, body, tookMs: performance.now() - since }
}

/** Whether it is a clear refusal for now: 503 with the code `unavailable`. */
export function isUnavailableAnswer({ status, body }: TimedAnswer): boolean {
  return status === 503 && body['code'] === 'unavailable'
}
