import express, { type Router } from 'express'
import type { JSONWebKeySet } from 'jose'
import { gate, type GatedRoute, type GateOptions } from '#platform/http/gate.ts'

/** Apps that run in a browser check signatures too. */
const keys: GatedRoute = {
  method: 'get',
  path: '/.well-known/jwks.json',
  limit: undefined,
  pages: 'any',
}

/** What strangers may know of us at fixed places (RFC 8615). */
export function makeWellKnownRouter(jwks: () => JSONWebKeySet, gates: GateOptions): Router {
  const router = express.Router()
  router.all(keys.path, gate(keys, gates))
  router.get(keys.path, (_request, response) => {
    response.set('cache-control', 'public, max-age=300')
    response.type('application/jwk-set+json').send(JSON.stringify(jwks()))
  })
  return router
}
