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
export function securityHeaders(): RequestHandler {
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
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
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // Only told over HTTPS, where a proxy adds it.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
  })
  const permissions = unusedFeatures.map((feature) => `${feature}=()`).join(', ')
  return (request, response, next) => {
    response.setHeader('permissions-policy', permissions)
    protect(request, response, next)
  }
}
