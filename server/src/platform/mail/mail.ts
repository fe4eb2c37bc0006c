/** One mail to one person, as it goes out. */
export interface Mail {
  /** Names the mail for ever: whoever gets it twice, after a crash, can see that it is one. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface MailDraft {
  readonly to: string
  readonly subject: string
  /** The name of who reads it, where it is known. */
  readonly greeting?: string | undefined
  readonly paragraphs: readonly string[]
  readonly action?: { readonly label: string; readonly url: string } | undefined
  /** After the action. */
  readonly closing?: string | undefined
}

/** A mail in plain text and in HTML. Whatever is in the draft, it cannot become a header or markup. */
export function writeMail(id: string, draft: MailDraft): Mail {
  return {
    id,
    to: oneLine(draft.to),
    subject: oneLine(draft.subject),
    text: writeText(draft),
    html: writeHtml(draft),
  }
}

/** A line break in a header would begin another one (RFC 5322 §2.2). */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}

function writeText({ greeting, paragraphs, action, closing }: MailDraft): string {
  const parts = [
    ...(greeting === undefined ? [] : [`Hello ${oneLine(greeting)},`]),
    ...paragraphs,
    ...(action === undefined ? [] : [`${action.label}:\n${action.url}`]),
    ...(closing === undefined ? [] : [closing]),
    'CloudSync',
  ]
  return `${parts.join('\n\n')}\n`
}

function writeHtml({ subject, greeting, paragraphs, action, closing }: MailDraft): string {
  const said = [
    ...(greeting === undefined ? [] : [`Hello ${oneLine(greeting)},`]),
    ...paragraphs,
  ].map((text) => `<p>${escape(text)}</p>`)
  const button =
    action === undefined
      ? ''
      : `<p style="margin:24px 0"><a href="${escape(action.url)}" style="${buttonStyle}">${escape(action.label)}</a></p>` +
        `<p style="${smallStyle}">Or open this address:<br><span style="word-break:break-all">${escape(action.url)}</span></p>`
  const end = closing === undefined ? '' : `<p style="${smallStyle}">${escape(closing)}</p>`
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">' +
    `<title>${escape(oneLine(subject))}</title></head><body style="${bodyStyle}">` +
    `${said.join('')}${button}${end}<p style="${smallStyle}">CloudSync</p></body></html>`
  )
}

const bodyStyle =
  'font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif;max-width:560px;margin:0 auto;padding:24px'
const buttonStyle =
  'background:#2f5bd8;color:#ffffff;padding:10px 20px;border-radius:6px;text-decoration:none;display:inline-block'
const smallStyle = 'font-size:13px;color:#666d7b'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
