/**
 * The address in a connection string as it may be shown: without user, password and parameters, any of
 * which may be a secret. Of a text that is no URL only the scheme is shown, since where the password
 * ends is not known then.
 *
 * @example connectionAddress('postgres://ada:secret@db:5432/app?sslmode=require') // 'postgres://db:5432/app'
 */
export function connectionAddress(connection: string): string {
  if (URL.canParse(connection)) {
    const { protocol, host, pathname } = new URL(connection)
    // An unescaped slash in a password makes a path of its rest.
    if (!pathname.includes('@')) return `${protocol}//${host}${pathname}`
  }
  return `${/^[a-z]+:\/\//i.exec(connection)?.[0] ?? ''}…`
}
