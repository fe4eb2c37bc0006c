import { useLocation } from '@tanstack/react-router'
import { lazyPart } from '../ui/lazy-part.tsx'
import { SpacesNav } from './spaces-nav.tsx'

const AdminSidebar = lazyPart(async () => (await import('../admin/admin-sidebar.tsx')).AdminSidebar)

/** The ways in the sidebar: to the spaces, or between the rooms of the administration. */
export function SidebarNav() {
  return useLocation().pathname.startsWith('/admin/') ? <AdminSidebar /> : <SpacesNav />
}
