import { z } from 'zod'
import { endpoint, json, type Endpoint } from '../endpoint.ts'
import type { OpenApiDocument } from './openapi-document.ts'

/** The OpenAPI document, as it is itself described in it. */
export function getOpenApi(getDocument: () => OpenApiDocument): Endpoint {
  return endpoint({
    summary: 'This document',
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    method: 'get',
    path: '/openapi.json',
    access: 'public',
    handle: () => Promise.resolve(json(getDocument())),
  })
}
