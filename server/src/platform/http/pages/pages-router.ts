import { readFileSync } from 'node:fs'
import express, { type Response, type Router } from 'express'
import { ProblemError } from '../../problem-error.ts'
import type { DescribedApi } from '../openapi/described-api.ts'
import { apiPage } from './api-page.ts'
import { problemIndex, problemPage } from './problem-pages.ts'

const styles = readFileSync(new URL('pages.css', import.meta.url), 'utf8')

/** The pages for people who write programs: the API, and what each problem means. */
export function routePages({ endpoints, getDocument }: DescribedApi): Router {
  const router = express.Router()
  router.get('/api/docs/pages.css', (_request, response) => {
    response.set('cache-control', 'public, max-age=3600').type('css').send(styles)
  })
  router.get('/api/docs', (_request, response) => sendPage(response, apiPage(getDocument())))
  router.get('/problems', (_request, response) => sendPage(response, problemIndex()))
  router.get('/problems/:code', (request, response) => {
    const page = problemPage(request.params.code, endpoints)
    if (page === undefined) throw new ProblemError('not_found')
    sendPage(response, page)
  })
  return router
}

function sendPage(response: Response, page: string): void {
  response.set('cache-control', 'public, max-age=300').type('html').send(page)
}
