import { Outlet, useLocation } from '@tanstack/react-router'
import { Suspense, useEffect, useMemo, useState } from 'react'
import { useServices, useSessionState } from '../app/services.tsx'
import { EntryPage } from '../session/entry-page.tsx'
import type { ApiError } from '../api/api-error.ts'
import { describeError } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { preloadMenu } from '../ui/open-menu.ts'
import { lazyPart } from '../ui/lazy-part.tsx'
import { ToastCard } from '../ui/toaster.tsx'
import { usePageTitle } from '../ui/use-page-title.ts'
import { TreesProvider } from '../tree/tree-context.tsx'
import { UploadsProvider } from '../uploads/uploads-context.tsx'
import { ShellContext } from './shell-context.ts'
import { Sidebar } from './sidebar.tsx'
import { useShortcut } from './use-shortcut.ts'
import styles from './shell.module.css'

const SignInPage = lazyPart(async () => (await import('../session/sign-in-page.tsx')).SignInPage)
const SecondFactorPage = lazyPart(
  async () => (await import('../account/second-factor-page.tsx')).SecondFactorPage,
)
const KeptEdits = lazyPart(async () => (await import('./kept-edits.ts')).KeptEdits)
const ShortcutsSheet = lazyPart(async () => (await import('./shortcuts-sheet.tsx')).ShortcutsSheet)

/** The frame of every page behind the sign-in. */
export function Shell() {
  const state = useSessionState()
  switch (state.kind) {
    case 'starting':
      return null
    case 'unreachable':
      return <Unreachable error={state.error} />
    case 'signedOut':
      return <SignInPage hasEnded={state.why === 'ended'} />
    case 'signedIn':
      if (state.me.mustSetUpSecondFactor) return <SecondFactorPage />
      return <SignedIn key={state.me.id} />
  }
}

const retryMs = 5_000

/** Before anybody is known: tries again by itself. */
function Unreachable({ error }: { readonly error: ApiError }) {
  const { session } = useServices()
  const { title, requestId } = describeError(error)
  usePageTitle(title)
  useEffect(() => {
    const timer = setTimeout(() => void session.start(), retryMs)
    return () => clearTimeout(timer)
  }, [session, error])
  return (
    <EntryPage title={title}>
      <p role="alert">
        You are still signed in, and edits that were not sent are kept on this device. Trying again
        every few seconds.{requestId !== undefined && ` Request id: ${requestId}`}
      </p>
      <Button variant="primary" onClick={() => void session.start()}>
        Try now
      </Button>
    </EntryPage>
  )
}

function SignedIn() {
  const [isSidebarOpen, setIsSidebarOpen] = useState(false)
  const [showsShortcuts, setShowsShortcuts] = useState(false)
  const { pathname } = useLocation()
  const controls = useMemo(() => ({ openSidebar: () => setIsSidebarOpen(true) }), [])
  useShortcut('?', () => setShowsShortcuts(true))
  useEffect(() => setIsSidebarOpen(false), [pathname])
  useEffect(() => {
    const timer = setTimeout(() => {
      preloadMenu()
      ToastCard.preload()
      ShortcutsSheet.preload()
    }, 1_000)
    return () => clearTimeout(timer)
  }, [])
  return (
    <ShellContext value={controls}>
      <TreesProvider>
        <KeptEdits />
        <UploadsProvider>
          <div className={styles.shell}>
            <a className={styles.skip} href="#main">
              Skip to the content
            </a>
            <Sidebar
              isOpen={isSidebarOpen}
              onClose={() => setIsSidebarOpen(false)}
              onShortcuts={() => setShowsShortcuts(true)}
            />
            <main id="main" className={styles.main} tabIndex={-1}>
              <Suspense>
                <Outlet />
              </Suspense>
            </main>
          </div>
          {showsShortcuts && <ShortcutsSheet onClose={() => setShowsShortcuts(false)} />}
        </UploadsProvider>
      </TreesProvider>
    </ShellContext>
  )
}
