import express, { type Router } from 'express'
import type { JSONWebKeySet } from 'jose'

/** What strangers may know of us at fixed places (RFC 8615). */
export function makeWellKnownRouter(jwks: () => JSONWebKeySet): Router {
  const router = express.Router()
  router.get('/.well-known/jwks.json', (_request, response) => {
    response.set('cache-control', 'public, max-age=300')
    response.type('application/jwk-set+json').send(JSON.stringify(jwks()))
  })
  return router
}
