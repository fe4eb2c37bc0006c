import { lazyPart } from '../ui/lazy-part.tsx'

/**
 * Pages that few open, and seldom. Their code is fetched by way of this file, so that the first page of all
 * need not know what they are made of.
 */
export const AccountPage = lazyPart(
  async () => (await import('../account/account-page.tsx')).AccountPage,
)
export const AdminPages = lazyPart(
  async () => (await import('../admin/admin-pages.tsx')).AdminPages,
)
export const MailboxPage = lazyPart(
  async () => (await import('../admin/mailbox-page.tsx')).MailboxPage,
)
export const SettingsPage = lazyPart(
  async () => (await import('../settings/settings-page.tsx')).SettingsPage,
)
export const SharedPage = lazyPart(
  async () => (await import('../access/shared-page.tsx')).SharedPage,
)
export const EntryPages = lazyPart(
  async () => (await import('../session/entry-pages.tsx')).EntryPages,
)
