import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { errorLine } from '../api/describe-error.ts'
import { Button } from '../ui/button.tsx'
import { FormError } from '../ui/field.tsx'
import styles from './entry-page.module.css'
import { signInProvidersQuery, startExternalSignIn } from './sign-in-providers.ts'

/** One button for each other provider by which people sign in here. */
export function ProviderButtons() {
  const providers = useQuery(signInProvidersQuery())
  const [fault, setFault] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)

  async function start(id: string) {
    setIsBusy(true)
    setFault(undefined)
    try {
      location.assign(await startExternalSignIn(id, location.pathname + location.search))
    } catch (error) {
      setFault(errorLine(error))
      setIsBusy(false)
    }
  }

  return (
    <>
      {fault !== undefined && <FormError>{fault}</FormError>}
      {providers.data?.map(({ id, name }) => (
        <Button key={id} className={styles.wide} disabled={isBusy} onClick={() => void start(id)}>
          Sign in with {name}
        </Button>
      ))}
    </>
  )
}
