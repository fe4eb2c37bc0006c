/** Express, and nothing else: what no pipeline on it can be faster than. */
import express from 'express'

const app = express()
app.disable('x-powered-by')
app.set('etag', false)
app.get('/hello', (_request, response) => {
  response.json({ hello: 'world' })
})
app.listen(Number(process.env['PORT']), '127.0.0.1')
