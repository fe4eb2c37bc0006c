import type { IncomingMessage, ServerResponse } from 'node:http'

/** So long a client that still sends is listened to after its answer. */
const maxLingerMs = 2_000

/**
 * Sends `text` as the answer to a request whose body nobody will read, and then closes the connection: not
 * before the client has stopped sending or had time to read, as closing with bytes unread is a reset, which takes
 * the answer along (RFC 9112 §9.6).
 */
export function answerEarly(
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
): void {
  response.setHeader('connection', 'close')
  response.setHeader('content-length', Buffer.byteLength(text))
  response.write(text)
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, maxLingerMs)
  request.once('close', end).once('end', end).on('error', end)
  request.resume()
}
