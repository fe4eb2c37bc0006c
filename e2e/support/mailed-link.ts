import type { ApiClient } from './api-client.ts'
import { waitFor } from './wait-for.ts'

interface Mail {
  readonly to: string
  readonly text: string
}

/** The link to a page in the latest mail to an address, where the server keeps its mails. */
export async function mailedLink(admin: ApiClient, to: string, page: string): Promise<string> {
  const pattern = new RegExp(`https?://\\S+/${page}#\\S+`)
  let link: string | undefined
  await waitFor(`a link to ${page} is mailed to ${to}`, async () => {
    const { items } = await admin.get<{ items: readonly Mail[] }>('/admin/mailbox')
    const mails = items.filter((mail) => mail.to === to)
    link = mails.map(({ text }) => pattern.exec(text)?.[0]).find((found) => found !== undefined)
    return link !== undefined
  })
  return link ?? ''
}
