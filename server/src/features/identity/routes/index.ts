import type { Endpoint } from '#platform/http/endpoint.ts'
import { accountEndpoints } from './account/index.ts'
import { adminEndpoints } from './admin/index.ts'
import { authEndpoints } from './auth/index.ts'
import { postUser } from './post-user.ts'
import { getMe } from './get-me.ts'
import { getSetUpState } from './get-set-up-state.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'
import { listUsers } from './list-users.ts'
import { postRefresh } from './post-refresh.ts'
import { postSetUp } from './post-set-up.ts'
import { postSignIn } from './post-sign-in.ts'
import { postSignOut } from './post-sign-out.ts'

export function identityEndpoints(context: IdentityRoutesContext): Endpoint[] {
  return [
    postSignIn(context),
    postRefresh(context),
    postSignOut(context),
    getMe(context),
    getSetUpState(context),
    postSetUp(context),
    postUser(context),
    listUsers(context),
    ...authEndpoints(context),
    ...accountEndpoints(context),
    ...adminEndpoints(context),
  ]
}
