import type { Page, Request } from 'playwright-core'

/** How many bytes a page sends to uploads by tus from now on, as its requests announce them. */
export function watchUploads(page: Page) {
  const requests: Request[] = []
  page.on('request', (request) => {
    const isPart = request.method() === 'PATCH' && request.url().includes('/api/v1/uploads/')
    if (isPart) requests.push(request)
  })
  return {
    async sentBytes(): Promise<number> {
      const headers = await Promise.all(requests.map((request) => request.allHeaders()))
      return headers.reduce((sum, each) => sum + Number(each['content-length'] ?? Number.NaN), 0)
    },
  }
}
