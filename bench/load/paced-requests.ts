import { Agent, request } from 'node:http'

export interface PacedCall {
  readonly name: string
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Takes what a good answer brought. */
  readonly take?: (body: string) => void
}

export interface PacedLoad {
  readonly perSecond: number
  readonly durationMs: number
  readonly next: () => PacedCall
}

export interface PacedAnswer {
  readonly name: string
  /** From the moment when it was due: what a stall holds up counts as well. */
  readonly latencyMs: number
  /** `0`: the connection failed. */
  readonly status: number
}

/** Sends requests at a fixed rate, whatever the answers take, each over a free connection or a new one. */
export async function sendPaced({
  perSecond,
  durationMs,
  next,
}: PacedLoad): Promise<PacedAnswer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  const answers: Promise<PacedAnswer>[] = []
  const began = performance.now()
  const count = Math.round((perSecond * durationMs) / 1000)
  await new Promise<void>((resolve) => {
    const tick = () => {
      const due = Math.min(count, Math.floor(((performance.now() - began) * perSecond) / 1000) + 1)
      while (answers.length < due)
        answers.push(send(agent, next(), began + (answers.length * 1000) / perSecond))
      if (due < count) setTimeout(tick, 1)
      else resolve()
    }
    tick()
  })
  const found = await Promise.all(answers)
  agent.destroy()
  return found
}

function send(agent: Agent, call: PacedCall, dueAt: number): Promise<PacedAnswer> {
  const { name, url, method, headers, body, take } = call
  return new Promise((resolve) => {
    const settle = (status: number) =>
      resolve({ name, status, latencyMs: performance.now() - dueAt })
    const sent = request(url, { agent, method, headers: { ...headers } }, (answer) => {
      const brought: Buffer[] = []
      answer.on('end', () => {
        settle(answer.statusCode ?? 0)
        if (answer.statusCode === 200) take?.(Buffer.concat(brought).toString())
      })
      answer.on('error', () => settle(0))
      if (take) answer.on('data', (chunk: Buffer) => brought.push(chunk))
      else answer.resume()
    })
    sent.on('error', () => settle(0))
    sent.end(body)
  })
}
