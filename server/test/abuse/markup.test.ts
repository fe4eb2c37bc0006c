import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startTestServer, type TestServer } from '../../testing/index.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const script = '<script>globalThis.hit = 1</script>'

/** Contents that some browser has taken for a page, a script or a document that runs one. */
const contents: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[] = [
  ['page.html', `<!doctype html>${script}`],
  ['page.xhtml', `<html xmlns="http://www.w3.org/1999/xhtml">${script}</html>`],
  ['image.svg', `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`],
  ['feed.xml', `<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?><a>${script}</a>`],
  ['math.mml', `<math href="javascript:alert(1)">click</math>`],
  ['words.md', `# Title\n\n${script}\n\n[a](javascript:alert(1))`],
  ['data.json', `{"a":"${script}"}`],
  ['table.csv', `=cmd|' /C calc'!A0,${script}`],
  ['code.js', 'globalThis.hit = 1'],
  ['module.mjs', 'globalThis.hit = 1'],
  ['style.css', '* { background: url(javascript:alert(1)) }'],
  ['cache.appcache', 'CACHE MANIFEST'],
  ['old.hta', script],
  ['a picture.png', new Uint8Array(Buffer.from(`GIF89a/*${script}*/=1;\0`))],
  ['no ending', script],
  ['paper.pdf', `%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\0`],
]

suite('what people upload', () => {
  test('is served as nothing that a browser runs, in all its versions and parts', async () => {
    const { admin } = server
    const parentId = await admin.rootId()
    for (const [name, content] of contents) {
      const made = await admin.upload({ parentId, name }, content)
      assert.equal(made.status, 201, name)
      const { id } = (await made.json()) as { id: string }
      const paths = [`/nodes/${id}/content`, `/nodes/${id}/versions/1/content`]
      for (const path of paths)
        for (const init of [{}, { headers: { range: 'bytes=0-3' } }]) {
          const answer = await admin.send('GET', path, init)
          if (answer.status === 404) continue
          const { headers } = answer
          assert.match(headers.get('content-disposition') ?? '', /^attachment;/, path)
          assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'")
          assert.equal(headers.get('x-content-type-options'), 'nosniff')
          assert.doesNotMatch(
            headers.get('content-type') ?? '',
            /html|xml|javascript|ecmascript|css|svg|manifest|hta/,
            `${name} as ${headers.get('content-type')}`,
          )
        }
    }
  })

  test('has a name that adds nothing to the head of an answer', async () => {
    const { admin } = server
    const parentId = await admin.rootId()
    const names = [
      "a'; filename=evil.html; x='",
      'a;b=c, d.txt',
      '%0d%0aset-cookie: a=b',
      'häkchen ✓ \u202Etxt.exe',
      '=?utf-8?q?a?=',
      "UTF-8''evil.html",
    ]
    for (const name of names) {
      const made = await admin.upload({ parentId, name }, 'words')
      // A name that no system should hold is refused, which is as good.
      if (made.status === 400) continue
      const { id, name: kept } = (await made.json()) as { id: string; name: string }
      const { headers } = await admin.send('GET', `/nodes/${id}/content`)
      const disposition = headers.get('content-disposition') ?? ''
      assert.match(
        disposition,
        /^attachment; filename="[\x20-\x21\x23-\x7e]*"; filename\*=UTF-8''[\w%.!#$&+^`|~-]*$/,
      )
      const encoded = /filename\*=UTF-8''(.*)$/.exec(disposition)?.[1] ?? ''
      assert.equal(decodeURIComponent(encoded), kept)
      assert.equal(headers.get('set-cookie'), null)
    }
  })
})

suite('what a request says', () => {
  test('comes back in no page, and in no answer that a browser would take for one', async () => {
    const marks = encodeURIComponent(`"><img src=x onerror=alert(1)>${script}`)
    for (const path of [
      `/problems/${marks}`,
      `/api/docs/${marks}`,
      `/api/v1/${marks}`,
      `/api/v1/nodes/${marks}`,
      `/api/v1/users?query=${marks}`,
      `/?q=${marks}`,
      `/.well-known/${marks}`,
    ]) {
      const answer = await fetch(server.url + path, {
        headers: { authorization: `Bearer ${server.admin.accessToken}`, 'x-request-id': marks },
      })
      const text = await answer.text()
      const type = answer.headers.get('content-type') ?? ''
      if (type.includes('html')) assert.doesNotMatch(text, /onerror|globalThis\.hit/, path)
      else assert.match(type, /^application\/(problem\+)?json; charset=utf-8$/, path)
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      for (const value of answer.headers.values()) assert.doesNotMatch(value, /onerror/)
    }
  })

  test('and pages of ours have no script of their own in them', async () => {
    for (const path of ['/api/docs', '/problems', '/problems/not_found']) {
      const page = await (await fetch(server.url + path)).text()
      assert.doesNotMatch(page, /<script|\son\w+=|javascript:/i, path)
    }
  })
})
