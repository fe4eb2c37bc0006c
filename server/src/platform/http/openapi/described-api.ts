import type { Endpoint } from '../endpoint.ts'
import { getOpenApi } from './get-openapi.ts'
import { makeOpenApiDocument, type OpenApiDocument } from './openapi-document.ts'

export interface DescribedApi {
  /** All endpoints, the one that answers the document among them. */
  readonly endpoints: readonly Endpoint[]
  readonly getDocument: () => OpenApiDocument
}

/** Endpoints and their OpenAPI document, which is made when it is first asked for: that spares the start. */
export function describeApi(described: readonly Endpoint[]): DescribedApi {
  let document: OpenApiDocument | undefined
  const getDocument = (): OpenApiDocument => (document ??= makeOpenApiDocument(endpoints))
  const endpoints: readonly Endpoint[] = [...described, getOpenApi(getDocument)]
  return { endpoints, getDocument }
}
