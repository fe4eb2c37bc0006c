import { ServerResponse, IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import helmet from 'helmet'

/** What no page of ours needs. */
const unusedFeatures = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
  'xr-spatial-tracking',
]

/** No inline script anywhere; CodeMirror writes its styles at run time. */
const pagePolicy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'", 'ws:', 'wss:'],
  'worker-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'object-src': ["'none'"],
}

/** An answer of the API is no page: whatever a browser takes it for, nothing in it does anything. */
const dataPolicy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], sandbox: [] }

/** What browsers heed of an answer that they do not show; each costs every request. */
const dataHeaders = new Set([
  'content-security-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'x-content-type-options',
  'x-frame-options',
])

/** For pages, and for the answers of the API, which are told less. */
export function securityHeaders(): RequestHandler {
  const permissions = unusedFeatures.map((feature) => `${feature}=()`).join(', ')
  const ofPages = [...headersOf(pagePolicy), ['permissions-policy', permissions] as const]
  const ofData = headersOf(dataPolicy).filter(([name]) => dataHeaders.has(name))
  return (request, response, next) => {
    const headers = request.url.startsWith('/api/v1/') ? ofData : ofPages
    for (const [name, value] of headers) response.setHeader(name, value)
    next()
  }
}

/** What Helmet sets, asked once: it is the same each time, and has a function for each. */
function headersOf(directives: Readonly<Record<string, string[]>>): [string, string][] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    referrerPolicy: { policy: 'no-referrer' },
    // Only told over HTTPS, where a proxy adds it.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
  })(response.req, response, () => undefined)
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)])
}
