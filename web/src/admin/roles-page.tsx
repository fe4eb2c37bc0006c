import { rolePermissions, roles, type CustomRole, type Permission } from '@cloudsync/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Pencil, ShieldCheck, Trash2 } from 'lucide-react'
import { useState } from 'react'
import styles from '../account/account.module.css'
import { Row, Section } from '../account/section.tsx'
import { useAction } from '../account/use-action.ts'
import { deleteRole } from '../api/admin-access-endpoints.ts'
import { useServices } from '../app/services.tsx'
import { roleNames } from '../files/space-role.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { toasts } from '../ui/toast-list.ts'
import { AdminPage, useMayChange } from './admin-page.tsx'
import { rolesQuery, useRefreshAdmin } from './admin-queries.ts'
import { PagedList } from './paged-list.tsx'
import { permissionNames } from './permission-words.ts'
import { RoleDialog } from './role-dialog.tsx'

export function RolesPage() {
  return (
    <AdminPage title="Roles">
      <CustomRolesSection />
      <BuiltInSection />
    </AdminPage>
  )
}

type Open =
  | { readonly kind: 'edit'; readonly role: CustomRole | undefined }
  | { readonly kind: 'delete'; readonly role: CustomRole }

function CustomRolesSection() {
  const { api } = useServices()
  const found = useInfiniteQuery(rolesQuery(api))
  const mayChange = useMayChange()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  return (
    <Section
      title="Custom roles"
      text="Given on spaces, folders and files like the built-in ones."
      action={
        mayChange ? (
          <Button onClick={() => setOpen({ kind: 'edit', role: undefined })}>New role</Button>
        ) : undefined
      }
    >
      <PagedList label="Custom roles" query={found} empty="There are no custom roles yet.">
        {(role) => (
          <Row
            key={role.id}
            icon={<ShieldCheck size={20} aria-hidden />}
            title={<span dir="auto">{role.name}</span>}
            note={`${listOf(role.permissions)} · counts as ${roleNames[role.countsAs].toLowerCase()}`}
          >
            {mayChange && (
              <>
                <IconButton
                  label={`Change ${role.name}`}
                  onClick={() => setOpen({ kind: 'edit', role })}
                >
                  <Pencil size={16} aria-hidden />
                </IconButton>
                <IconButton
                  label={`Delete ${role.name}`}
                  onClick={() => setOpen({ kind: 'delete', role })}
                >
                  <Trash2 size={16} aria-hidden />
                </IconButton>
              </>
            )}
          </Row>
        )}
      </PagedList>
      {open?.kind === 'edit' && <RoleDialog role={open.role} onClose={close} />}
      {open?.kind === 'delete' && <DeleteRoleDialog role={open.role} onClose={close} />}
    </Section>
  )
}

interface DeleteRoleDialogProps {
  readonly role: CustomRole
  readonly onClose: () => void
}

function DeleteRoleDialog({ role, onClose }: DeleteRoleDialogProps) {
  const { api } = useServices()
  const refresh = useRefreshAdmin()
  const action = useAction()
  const remove = () =>
    action.run(async () => {
      onClose()
      await deleteRole(api, role.id)
      toasts.show(`${role.name} is deleted`)
      await refresh()
    })
  return (
    <ConfirmDialog
      title={`Delete ${role.name}?`}
      text="This works only while nobody has the role."
      action="Delete"
      isDangerous
      onConfirm={() => void remove()}
      onClose={onClose}
    />
  )
}

function BuiltInSection() {
  return (
    <Section title="Built-in roles" text="Each includes the one before it. They cannot be changed.">
      <ul className={styles.rows} aria-label="Built-in roles">
        {roles.map((role) => (
          <Row
            key={role}
            icon={<ShieldCheck size={20} aria-hidden />}
            title={roleNames[role]}
            note={listOf(rolePermissions[role])}
          />
        ))}
      </ul>
    </Section>
  )
}

function listOf(permissions: readonly Permission[]): string {
  const words = permissions.map((permission) => permissionNames[permission]).join(', ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
