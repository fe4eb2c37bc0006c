import cors from 'cors'
import type { Request, RequestHandler, Response } from 'express'
import type { AllowedOrigins } from './allowed-origins.ts'

/** What a page of another origin may read of an answer besides its body. */
const exposedHeaders = [
  'CloudSync-Node-Id',
  'Content-Disposition',
  'ETag',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Traceparent',
  'Tus-Resumable',
  'Tus-Version',
  'Upload-Expires',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'WWW-Authenticate',
  'X-Request-Id',
]

const allowedMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** CORS for the origins that the operator names. Without cookies: their pages prove themselves by a token that they hold. */
export function shareWithOrigins(origins: AllowedOrigins): RequestHandler {
  const share = cors({
    origin: true,
    methods: allowedMethods,
    exposedHeaders,
    maxAge: 600,
  })
  return (request, response, next) => {
    const { origin } = request.headers
    // Any other OPTIONS is a question of its own, as tus asks it.
    const isOther = request.method === 'OPTIONS' && !isPreflight(request)
    response.setHeader('vary', 'Origin')
    if (origin === undefined || isOther || !origins.includes(origin)) {
      next()
      return
    }
    response.set('cross-origin-resource-policy', 'cross-origin')
    share(request, response, next)
  }
}

const anybody = cors({ methods: ['GET', 'HEAD', 'POST'], exposedHeaders, maxAge: 600 })

/**
 * CORS for any page, where an answer tells nothing but to who shows a token. Says whether the request was only the
 * question that a browser asks first, and is answered.
 */
export function shareWithAnybody(request: Request, response: Response): boolean {
  let isAnswered = true
  anybody(request, response, () => {
    isAnswered = false
  })
  return isAnswered
}

/** Whether a browser asks if a page may send a request. It tells the page nothing of an answer that is no yes. */
export function isPreflight({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}
