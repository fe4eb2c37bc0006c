import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router'
import { Toaster } from '../ui/toaster.tsx'
import { HomePage } from '../shell/home-page.tsx'
import { Shell } from '../shell/shell.tsx'
import { readSort, type SortOrder } from '../files/sort-nodes.ts'

const loadErrorPages = () => import('./error-pages.tsx')
const loadRarePages = () => import('./rare-pages.ts')

const rootRoute = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <Toaster />
    </>
  ),
  notFoundComponent: lazyRouteComponent(loadErrorPages, 'MissingPage'),
})

/** Below it somebody is signed in. A person who is not sees the sign-in page under the same address. */
const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell })

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  component: HomePage,
})

const spaceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/spaces/$spaceId',
  validateSearch: (search): SortOrder => readSort(search),
  component: lazyRouteComponent(() => import('../files/file-list-page.tsx'), 'FileListPage'),
})

const folderRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/spaces/$spaceId/folders/$folderId',
  validateSearch: (search): SortOrder => readSort(search),
  component: lazyRouteComponent(() => import('../files/folder-page.tsx'), 'FolderPage'),
})

const trashRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/spaces/$spaceId/trash',
  component: lazyRouteComponent(() => import('../trash/trash-page.tsx'), 'TrashPage'),
})

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/spaces/$spaceId/settings',
  component: lazyRouteComponent(loadRarePages, 'SettingsPage'),
})

const fileRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/files/$nodeId',
  validateSearch: (search: Record<string, unknown>): { panel?: 'versions' } =>
    search['panel'] === 'versions' ? { panel: 'versions' } : {},
  component: lazyRouteComponent(() => import('../editor/file-page.tsx'), 'FilePage'),
})

const textRoute = createRoute({
  getParentRoute: () => fileRoute,
  path: '/',
  component: lazyRouteComponent(() => import('../editor/text-view.tsx'), 'TextView'),
})

const versionRoute = createRoute({
  getParentRoute: () => fileRoute,
  path: '/versions/$number',
  validateSearch: ({ view }: Record<string, unknown>): { view?: 'previous' | 'text' } =>
    view === 'previous' || view === 'text' ? { view } : {},
  component: lazyRouteComponent(() => import('../versions/version-view.tsx'), 'VersionView'),
})

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/account',
  component: lazyRouteComponent(loadRarePages, 'AccountPage'),
})

const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/$',
  component: lazyRouteComponent(loadRarePages, 'AdminPages'),
})

const mailboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/dev/mailbox',
  component: lazyRouteComponent(loadRarePages, 'MailboxPage'),
})

const sharedRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/shared',
  component: lazyRouteComponent(loadRarePages, 'SharedPage'),
})

/** `/setup`, `/join` and others like them: whoever opens one need not be signed in. */
const entryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/$page',
  component: lazyRouteComponent(loadRarePages, 'EntryPages'),
})

const routeTree = rootRoute.addChildren([
  shellRoute.addChildren([
    homeRoute,
    spaceRoute,
    folderRoute,
    trashRoute,
    settingsRoute,
    accountRoute,
    adminRoute,
    mailboxRoute,
    sharedRoute,
    fileRoute.addChildren([textRoute, versionRoute]),
  ]),
  entryRoute,
])

export function createAppRouter() {
  return createRouter({
    routeTree,
    defaultPreload: 'intent',
    defaultErrorComponent: lazyRouteComponent(loadErrorPages, 'CrashPage'),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
